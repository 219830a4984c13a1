"""How advisories are packed inside the store: small MessagePack arrays, keys beside texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

OPEN = 0
"""The span has no upper end."""
FIXED = 1
"""The span ends before its upper end, which is a fixed version."""
LAST = 2
"""The span includes its upper end."""
UNREAD = 3
"""The span stands for a range whose versions cannot be read; it covers nothing."""
CHUNK = 8
"""Advisory details compressed together."""


class Row(msgspec.Struct, array_like=True, gc=False):
    """What one advisory says about one package, beside its spans.

    Attributes:
        number: Number of the advisory within its part of the store.
        module: Module stream (``nodejs:16``), ``*`` for a module without a known stream, or empty.
        severity: Pairs of CVSS vector and word, for this package alone.
        word: The distribution's word for this package, or empty.
    """

    number: int
    module: str = ""
    severity: list[tuple[str, str]] = []
    word: str = ""


class Cold(msgspec.Struct, array_like=True):
    """What is only read when something matched.

    Attributes:
        rows: One per advisory and package.
        texts: Lower and upper end of every span as written, in the order of the spans.
    """

    rows: list[Row]
    texts: list[tuple[str, str]]


class Packed(msgspec.Struct, array_like=True, gc=False):
    """All that one part of the store says about one package name.

    The lists run side by side, one entry per affected span; flat lists of numbers and byte strings
    are read twice as fast as a list of spans.

    Attributes:
        rows: Index of the row the span belongs to.
        lows: Sort key of the lower end; empty means from the beginning.
        highs: Sort key of the upper end; empty if there is none.
        kinds: ``OPEN``, ``FIXED``, ``LAST`` or ``UNREAD``.
        cold: A packed ``Cold``.
    """

    rows: list[int]
    lows: list[bytes]
    highs: list[bytes]
    kinds: list[int]
    cold: bytes

    def spans(self) -> Iterator[tuple[int, bytes, bytes, int]]:
        """Give row index, lower key, upper key and kind of every span."""
        return zip(self.rows, self.lows, self.highs, self.kinds, strict=True)


class Detail(msgspec.Struct, array_like=True):
    """One advisory without its ranges.

    Attributes:
        id: The feed's id.
        aliases: Other names of the same vulnerability.
        cves: CVEs it is about.
        related: CVEs it only relates to, where it names none it is about (a copy of a vulnerable
            library inside a package); they tell how bad it is, not what it is.
        bundle: True if the CVEs are several vulnerabilities handled together.
        summary: One line.
        published: ISO time, or empty.
        modified: ISO time, or empty.
        severity: Pairs of CVSS vector and word, as the record says them.
        word: The distribution's word, or empty.
        urls: References, the most telling first.
    """

    id: str
    aliases: list[str] = []
    cves: list[str] = []
    bundle: bool = False
    summary: str = ""
    published: str = ""
    modified: str = ""
    severity: list[tuple[str, str]] = []
    word: str = ""
    urls: list[str] = []
    related: list[str] = []


class Fact(msgspec.Struct, array_like=True):
    """What a feed says about one CVE.

    Attributes:
        at: ISO time of the statement; of several statements the newest counts.
        scores: Triples of CVSS vector, base score and who says so (NVD).
        added: ISO date (known exploited vulnerabilities).
        due: ISO date (known exploited vulnerabilities).
        ransomware: True if a ransomware campaign uses it (known exploited vulnerabilities).
        epss: Probability, or -1.0.
        percentile: Percentile, or -1.0.
    """

    at: str = ""
    scores: list[tuple[str, float, str]] = []
    added: str = ""
    due: str = ""
    ransomware: bool = False
    epss: float = -1.0
    percentile: float = -1.0


pack = msgspec.msgpack.Encoder().encode
unpack_packed = msgspec.msgpack.Decoder(Packed).decode
unpack_cold = msgspec.msgpack.Decoder(Cold).decode
unpack_chunk = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
unpack_detail = msgspec.msgpack.Decoder(Detail).decode
unpack_fact = msgspec.msgpack.Decoder(Fact).decode
unpack_scopes = msgspec.msgpack.Decoder(list[str]).decode


def covers(key: bytes, low: bytes, high: bytes, kind: int) -> bool:
    """Return True if the version with this sort key lies in the span."""
    return low <= key and (kind == OPEN or key < high or (kind == LAST and key == high))
