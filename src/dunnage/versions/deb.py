"""Debian package versions.

The order is that of deb-version(7) and Debian policy 5.6.12: the epoch as a number, then upstream
version and revision as alternating runs of non-digits and digits, where ``~`` sorts before the
end, the end before letters, and letters before everything else. An absent revision equals ``0``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import LENGTHS, checked, number

_END = b"\x02"
_PARTS = re.compile(rb"[^0-9]*[0-9]*")
_DIGITS = b"0123456789"
_NO_EPOCH = number("")


def _order(code: int) -> int:
    char = chr(code)
    if char == "~":
        return 1
    return code if char.isalpha() else 0x80 | code


_ORDER = bytes(_order(code) if code < 128 else 0xFF for code in range(256))


@lru_cache(maxsize=8192)
def _part(part: bytes) -> bytes:
    text = part.rstrip(_DIGITS)
    digits = part[len(text) :].lstrip(b"0")
    return text.translate(_ORDER) + _END + LENGTHS[len(digits)] + digits


def _sequence(text: bytes) -> bytes:
    # The last match is empty: it becomes the end mark, which sorts after "~" and before the rest.
    return b"".join(map(_part, _PARTS.findall(text)))


_NO_REVISION = _sequence(b"0")


def key(version: str) -> bytes:
    """Return the sort key of ``[epoch:]upstream[-revision]``.

    More lenient than dpkg where it cannot change the order: any printable ASCII is taken.

    Raises:
        ValueError: If the epoch is no number, the upstream version is empty, or the text is too
            long or no printable ASCII.
    """
    epoch, colon, rest = checked(version).partition(":")
    if not colon:
        rest, first = version, _NO_EPOCH
    elif epoch.isdigit():
        first = number(epoch)
    else:
        raise ValueError(f"no Debian version: the epoch of {version[:60]!r} is no number")
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, ""
    if not upstream:
        raise ValueError(f"no Debian version: {version[:60]!r} has no upstream version")
    tail = _sequence(revision.encode("ascii")) if revision else _NO_REVISION
    return first + _sequence(upstream.encode("ascii")) + tail


ordering = Ordering(key=key, ecosystems=("Debian", "Ubuntu", "Echo"), types=("deb",))
