"""Published advisory stores: their indexes, and the files of their parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.advisories._feed import Part
from dunnage.advisories._index import (
    ARTIFACT,
    INDEX,
    Descriptor,
    Index,
    IndexedPart,
    read_index,
    read_layout,
    read_manifest,
    write_index,
    write_layout,
    write_manifest,
)
from dunnage.advisories._part_file import FORMAT, load_part
from dunnage.advisories._probe import probe
from dunnage.advisories._wire import Cold, Detail, Fact, Packed, Row, pack
from dunnage.advisories._writer import Writer
from dunnage.model.errors import InputError
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGEST = "sha256:" + "0" * 64
_TIME = "2026-01-01T00:00:00+00:00"
_PART = IndexedPart("osv", "PyPI", _DIGEST, 7, 9, "abcd", _TIME, 1, "1:2")
_INDEX = Index("2", _TIME, "dunnage 0", (_PART, _PART._replace(feed="kev")))


def _index(data: bytes) -> int:
    """Read the same bytes as each of the three documents; what is an index is written again."""
    found = 0
    for read in (read_layout, read_manifest):
        try:
            read(data, "fuzz")
            found += 1
        except InputError:
            continue
    try:
        index = read_index(data, "fuzz")
    except InputError:
        return found
    assert read_index(write_index(index), "fuzz") == index
    return 4 + len(index.parts)


def _part(data: bytes) -> int:
    """Load the bytes as the file of a part of each kind into an empty store in memory."""
    found = 0
    for feed, name in (("osv", "PyPI"), ("epss", "scores")):
        writer = Writer(Path(":memory:"), fresh=True)
        try:
            part = Part(feed, name, "")
            sink = writer.part(part, _TIME)
            load_part([data], part, probe(name) if feed == "osv" else "", sink)
            facts = dict.fromkeys(("mirror", "location", "validator", "digest", "keys"), "")
            records, _, _ = sink.finish({**facts, "checked": _TIME}, matched=True)
            found += 1 + records
        except InputError:
            continue
        finally:
            writer.abandon()
    return found


def _frame(kind: str, payload: object) -> bytes:
    body = pack(payload)
    return kind.encode() + len(body).to_bytes(4, "big") + body


def _parts() -> Iterator[bytes]:
    cold = pack(Cold([Row(0, "", [("CVSS:3.1/AV:N", "")], "low")], [("0", "2")]))
    spans = pack(Packed([0], [b""], [b"2"], [1], cold))
    detail = Detail("P-1", ["A"], ["CVE-2024-0001"], urls=["https://x"])
    head = _frame("H", [FORMAT, "osv", "PyPI", probe("PyPI")])
    rows = _frame("D", [detail]) + _frame("A", [("PyPI", "a", 0, spans)])
    yield head + rows + _frame("E", [1, 0, 0, 0, "2026", [("PyPI", 1)]])
    yield head + _frame("E", [0, 0, 1, 2, "", []])
    scores = _frame("H", [FORMAT, "epss", "scores", ""])
    facts = _frame("F", [("CVE-2024-0001", pack(Fact("2026", epss=0.5)))])
    yield scores + facts + _frame("E", [0, 1, 0, 0, "", []])


_JSON = (b"[", b"]", b"{", b"}", b'"', b":", b",", b"1e999", b"null", b"\\ud800", b"\xff")
TARGETS = {
    "advisory-index": Target(
        "advisories/_index.py",
        _index,
        lambda: [
            write_index(_INDEX),
            write_manifest(Descriptor(_DIGEST, 9), _INDEX.parts, _TIME),
            write_layout(Descriptor(_DIGEST, 9), "latest"),
        ],
        "what is read can be written, and reads the same again",
        words=(*_JSON, _DIGEST.encode(), INDEX.encode(), ARTIFACT.encode(), b'"parts":'),
    ),
    "advisory-part": Target(
        "advisories/_part_file.py",
        _part,
        lambda: list(_parts()),
        "what is taken can be stored",
        words=(b"H\0\0\0", b"A\0\0\0", b"E\0\0\0\x05", b"\x90", b"\xc0", b"\xff\xff", b"\xdd"),
    ),
}
