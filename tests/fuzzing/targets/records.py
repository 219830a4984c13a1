"""Cached layer records, and the fold of records nobody ever made from an archive."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

import stubs
from dunnage.indexing import cache as layer_cache
from dunnage.indexing.budget import Budget
from dunnage.indexing.fold import fold
from dunnage.indexing.layout import Layout
from dunnage.indexing.record import Record
from dunnage.io.decompress import zstd_compress, zstd_decompress
from dunnage.model.cataloger import Fact
from dunnage.model.image import Layer
from dunnage.model.package import Package
from dunnage.model.problem import Problem
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.indexing.record import Other

_KEY = "0" * 64
_HEAD = len(layer_cache._MAGIC) + layer_cache._DIGEST
_NAMES = ("a", "b", "c", "METADATA", "var/db/status", "etc/os-release", "a/b", "a/b/c", "d")
_TARGETS = ("/", ".", "..", "../..", "/a", "b", "a/b", "/etc", "c/../a", "var/db", "a\0", "")


class _Tape:
    """Gives small numbers out of bytes, zeros at the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, below: int) -> int:
        self._at += 1
        return self._data[self._at - 1] % below if self._at <= len(self._data) else 0

    @property
    def left(self) -> bool:
        return self._at < len(self._data)


def _path(tape: _Tape) -> str:
    parts = [_NAMES[tape.number(len(_NAMES))] for _ in range(1 + tape.number(3))]
    return "/".join(parts)


def _fact(tape: _Tape) -> Fact:
    name = ("database", "library", "program", "os-release")[tape.number(4)]
    if name == "os-release":
        return Fact(name, notes=(("id", "alpine"),))
    kind = {"database": "deb", "library": "pypi", "program": "golang"}[name]
    packages = tuple(
        Package(kind, "pq"[tape.number(2)], str(tape.number(3)), depends=("p",) * tape.number(2))
        for _ in range(tape.number(4))
    )
    files = tuple((package.name, _path(tape)) for package in packages[: tape.number(3)])
    problems = (Problem("odd", "something", where="x" * tape.number(2)),) * tape.number(2)
    return Fact(name, packages=packages, files=files, problems=problems)


def _record(tape: _Tape) -> Record:
    """Return a record as the walk over an archive would leave it."""
    record = Record()
    layout = Layout(record, Budget(stubs.PLAN.limits))
    for _ in range(tape.number(24)):
        if not tape.left:
            break
        path = _path(tape)
        match tape.number(8):
            case 0:
                layout.whiteout(path.rpartition("/")[0] + "/.wh." + path.rpartition("/")[2])
            case 1:
                layout.whiteout(f"{path}/.wh..wh..opq")
            case 2:
                layout.place(path, "l", _TARGETS[tape.number(len(_TARGETS))])
            case 3:
                layout.place(path, "d")
            case 4:
                layout.hardlink(path, _path(tape))
            case _:
                record.facts.append((layout.place(path, "f"), _fact(tape)))
    kinds, again = record.kinds, layout.again
    record.facts = [
        (path, fact)
        for index, (path, fact) in enumerate(record.facts)
        if index >= again.get(path, 0) and kinds.get(path) == "f"
    ]
    return record


def _read(position: int, others: Sequence[Other]) -> dict[Other, list[Fact]]:
    """Return facts for files under other names: a package for each cataloger that wants one."""
    found: dict[Other, list[Fact]] = {}
    for other in others:
        assert not set(other.wanted) - set(stubs.CATALOGERS)
        package = Package("pypi", f"{position}{other.place}", str(other.generation))
        names = [name for name in other.wanted if name != "os-release"]
        found[other] = [Fact(name, packages=(package,)) for name in names]
    return found


def _fold(data: bytes) -> tuple[int, int, int]:
    """Fold up to five layers; the laws are those of any inventory."""
    tape = _Tape(data)
    records = [_record(tape) for _ in range(1 + tape.number(5))]
    layers = [Layer(index, diff_id=f"sha256:{index:064}") for index in range(len(records))]
    inventory = fold(records, layers, stubs.PLAN, read=_read)
    refs = [package.ref for package in inventory.packages]
    assert len(set(refs)) == len(refs), "names of packages are unique"
    for package in inventory.packages:
        assert package.locations
        assert all(0 <= place.layer < len(layers) for place in package.locations)
    for gone in inventory.removed:
        assert gone.package.locations[0].layer < gone.removed_in < len(layers)
    assert {ref for ref, _ in inventory.edges} <= set(refs)
    assert fold(records, layers, stubs.PLAN, read=_read) == inventory
    empty = [*records, Record()]
    more = [*layers, Layer(len(layers))]
    again = fold(empty, more, stubs.PLAN, read=_read)
    assert again.packages == inventory.packages, "an empty layer is nothing"
    return len(refs), len(inventory.removed), len(inventory.problems)


def _sealed(body: bytes) -> bytes:
    return layer_cache._MAGIC + hashlib.sha256(body).digest() + body


def _decode(data: bytes) -> int:
    """Decode a record whose seals are good; a record that is given back can be kept again."""
    assert layer_cache._decoded(data, _KEY) is None
    layer_cache._decoded(_sealed(data), _KEY)
    record = layer_cache._decoded(_sealed(zstd_compress(data)), _KEY)
    if record is None:
        return -1
    again = layer_cache._decoded(layer_cache._encoded(record, _KEY), _KEY)
    assert again == record
    layers = [Layer(0)]
    known = [(path, fact) for path, fact in record.facts if fact.cataloger in stubs.CATALOGERS]
    plain = [pair for pair in known if pair[1].cataloger != "os-release"]
    return len(fold([replace(record, facts=plain)], layers, stubs.PLAN).packages)


@cache
def _tapes() -> tuple[bytes, ...]:
    return tuple(
        hashlib.sha512(bytes([number])).digest() * (1 + number % 4) for number in range(40)
    )


def _records() -> Iterator[bytes]:
    for tape in _tapes()[:12]:
        encoded = layer_cache._encoded(_record(_Tape(tape)), _KEY)
        yield zstd_decompress(encoded[_HEAD:], 1 << 20)


TARGETS = {
    "fold": Target(
        "indexing/fold.py, indexing/layout.py",
        _fold,
        _tapes,
        "nothing is raised; unique names; an empty layer changes nothing",
        allowed=(),
        most=600,
    ),
    "layer-record": Target(
        "indexing/cache.py",
        _decode,
        _records,
        "anything unexpected is a miss; what is read can be written again",
        allowed=(),
        words=(b"\x90", b"\xc0", b"\xdd\xff\xff\xff\xff", b"\xa0", b"\xc4\x01", b"\xed\xa0\x80"),
    ),
}
