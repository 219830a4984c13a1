"""Keeps layer records on disk, safe for several processes and bounded in size."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dunnage import __version__
from dunnage.indexing.record import Other, Record
from dunnage.indexing.wire import (
    PACKAGE_FIELDS,
    WireFact,
    WireProblem,
    fact_in,
    fact_out,
    problem_in,
    problem_out,
)
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dunnage.indexing.listing import Listing
    from dunnage.model.cataloger import Cataloger, Fact
    from dunnage.model.image import Layer
    from dunnage.model.limits import Limits

SCHEMA = 2
"""Raise it whenever a record means something else."""

MAX_BYTES = 1024**3
"""Size of the whole cache in bytes; the records used longest ago go first."""

MAX_RECORD = 256 * 1024**2
"""Largest uncompressed record."""

STALE = 3600.0
"""Seconds after which an unfinished file was left by a process that is gone."""

_MAGIC = b"dunnage-layer\n"
_DIGEST = 32

_WIRE: Any = tuple[
    str,
    bytes,
    bytes,
    bytes,
    bytes,
    bytes,
    bytes,
    bytes,
    tuple[WireFact, ...],
    tuple[WireProblem, ...],
    int,
    int,
    tuple[bytes, bytes, tuple[int, ...]],
    tuple[bytes, bytes],
    bytes,
    tuple[tuple[bytes, int, bytes, tuple[str, ...], bool, tuple[WireFact, ...]], ...],
]
"""Key, paths, kinds, links, targets, whiteouts, opaques, paths of facts, facts, problems, files,
stored bytes, shared, hard links, late directories, others. Lists of paths are joined by zero bytes,
which no path holds."""


class Cache:
    """Records of layers by blob digest, diff id, catalogers and limits.

    A record is found only for exactly the pair of digests that was verified when it was written;
    what an image says of itself cannot make it match. Anything unexpected is a miss.

    Args:
        root: Cache directory; ``layers`` is made in it.
        catalogers: Names and versions of all of them are part of every key.
        limits: Likewise, because they decide what is left out.
        max_bytes: Bound for all records together.
    """

    def __init__(
        self,
        root: Path,
        catalogers: Mapping[str, Cataloger],
        limits: Limits,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._folder = root / "layers"
        self._max_bytes = max_bytes
        self._pruned = False
        versions = sorted((name, cataloger.version) for name, cataloger in catalogers.items())
        major = __version__.partition(".")[0]
        self._context = repr(
            (SCHEMA, major, PACKAGE_FIELDS, versions, replace(limits, timeout=0.0))
        )

    def get(self, layer: Layer) -> Record | None:
        """Return the record of a layer, or None."""
        if not layer.digest:
            return None
        key = self._key(layer)
        path = self._folder / key
        data = _read(path)
        if data is None:
            return None
        record = _decoded(data, key)
        # Another process may be quicker, or the cache read-only.
        with contextlib.suppress(OSError):
            if record is None:
                path.unlink()
            else:
                os.utime(path)
        return record

    def put(self, layer: Layer, record: Record) -> None:
        """Keep a record; a cache that cannot be written is no error."""
        if not (layer.digest and record.verified and record.lasting):
            return
        key = self._key(layer)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._folder / key, _encoded(record, key))
            if not self._pruned:
                self._pruned = True
                self.prune()
        except (OSError, ValueError):
            return

    def listing(
        self, layer: Layer, record: Record, detectors: Mapping[str, Cataloger]
    ) -> Listing | None:
        """Return what a directory listing of a layer tells, or None.

        It is kept apart from the record, which most scans need alone.

        Args:
            layer: The layer.
            record: Of the same layer; a listing of other paths is a miss.
            detectors: Names and versions of all of them are part of the key.
        """
        from dunnage.indexing import listing_wire as wire

        if not layer.digest:
            return None
        key = self._key(layer, wire.context(detectors))
        path = self._folder / key
        data = _read(path)
        if data is None:
            return None
        found = wire.decoded(data, key, record)
        with contextlib.suppress(OSError):
            if found is None:
                path.unlink()
            else:
                os.utime(path)
        return found

    def keep(
        self, layer: Layer, record: Record, listing: Listing, detectors: Mapping[str, Cataloger]
    ) -> None:
        """Keep a listing, if the record it goes with may be kept."""
        from dunnage.indexing import listing_wire as wire

        if not (layer.digest and record.verified and record.lasting):
            return
        key = self._key(layer, wire.context(detectors))
        try:
            _write(self._folder / key, wire.encoded(listing, key))
        except (OSError, ValueError):
            return

    def prune(self) -> None:
        """Remove what was used longest ago until the rest is within the bound."""
        found: list[tuple[float, int, Path]] = []
        total = 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if entry.name.startswith(".") and time.time() - status.st_mtime > STALE:
                    _remove(Path(entry.path))
                else:
                    found.append((status.st_mtime, status.st_size, Path(entry.path)))
                    total += status.st_size
        for _, size, path in sorted(found):
            if total <= self._max_bytes:
                break
            _remove(path)
            total -= size

    def _key(self, layer: Layer, more: str = "") -> str:
        text = f"{self._context}\n{layer.digest}\n{layer.diff_id}{more}"
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _read(path: Path) -> bytes | None:
    """Return the content of a regular file that is ours alone, or None."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        foreign = status.st_uid != os.geteuid() or status.st_mode & 0o022
        if foreign or not stat.S_ISREG(status.st_mode) or status.st_size > MAX_RECORD:
            return None
        try:
            return file.read()
        except OSError:
            return None


def _write(path: Path, data: bytes) -> None:
    from tempfile import mkstemp

    handle, temporary = mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except BaseException:
        _remove(Path(temporary))
        raise


def _pack(texts: list[str]) -> bytes:
    return "\0".join(texts).encode("utf-8", "surrogateescape")


def _unpack(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogateescape").split("\0") if data else []


def _other_out(other: Other, facts: Iterable[Fact]) -> tuple[Any, ...]:
    paths = (_pack([other.place]), other.generation, _pack([other.path]))
    return (*paths, other.wanted, other.whole, [fact_out(fact) for fact in facts])


def _other_in(wire: tuple[Any, ...]) -> tuple[Other, list[Fact]]:
    place, generation, path, wanted, whole, facts = wire
    other = Other("".join(_unpack(place)), generation, "".join(_unpack(path)), wanted, whole)
    return other, [fact_in(fact) for fact in facts]


def _encoded(record: Record, key: str) -> bytes:
    from msgspec import msgpack

    from dunnage.io.decompress import zstd_compress

    wire = (
        key,
        _pack(list(record.kinds)),
        "".join(record.kinds.values()).encode(),
        _pack(list(record.links)),
        _pack([*record.links.values(), ""]) if record.links else b"",
        _pack(record.whiteouts),
        _pack([*record.opaques, ""]) if record.opaques else b"",
        _pack([path for path, _ in record.facts]),
        [fact_out(fact) for _, fact in record.facts],
        [problem_out(problem) for problem in record.problems],
        record.files,
        record.stored_bytes,
        (
            _pack(list(record.shared)),
            _pack([place for place, _ in record.shared.values()]),
            [generation for _, generation in record.shared.values()],
        ),
        (_pack(list(record.hardlinks)), _pack(list(record.hardlinks.values()))),
        _pack(record.late),
        [_other_out(other, facts) for other, facts in record.others.items()],
    )
    data = zstd_compress(msgpack.encode(wire))
    return _MAGIC + hashlib.sha256(data).digest() + data


def _decoded(data: bytes, key: str) -> Record | None:
    from msgspec import MsgspecError, msgpack

    from dunnage.io.decompress import zstd_decompress

    start = len(_MAGIC) + _DIGEST
    body = data[start:]
    if data[: len(_MAGIC)] != _MAGIC or hashlib.sha256(body).digest() != data[len(_MAGIC) : start]:
        return None
    try:
        wire = msgpack.decode(zstd_decompress(body, MAX_RECORD), type=_WIRE)
        return _record(wire) if wire[0] == key else None
    except (MsgspecError, ValueError, InputError):
        return None


def _record(wire: tuple[Any, ...]) -> Record:
    """Return the record; raises ValueError if its lists do not fit together."""
    shared, places, generations = wire[12]
    return Record(
        kinds=dict(zip(_unpack(wire[1]), wire[2].decode("ascii"), strict=True)),
        links=dict(zip(_unpack(wire[3]), _unpack(wire[4])[:-1], strict=True)),
        shared=dict(
            zip(_unpack(shared), zip(_unpack(places), generations, strict=True), strict=True)
        ),
        hardlinks=dict(zip(_unpack(wire[13][0]), _unpack(wire[13][1]), strict=True)),
        late=_unpack(wire[14]),
        whiteouts=_unpack(wire[5]),
        opaques=_unpack(wire[6])[:-1],
        facts=list(zip(_unpack(wire[7]), map(fact_in, wire[8]), strict=True)),
        others=dict(map(_other_in, wire[15])),
        problems=[problem_in(problem) for problem in wire[9]],
        files=wire[10],
        stored_bytes=wire[11],
        verified=True,
    )
