"""Publishes the advisory store: as a directory that anything can serve, or as one file."""

from __future__ import annotations

import hashlib
import os
from itertools import chain
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

import dunnage
from dunnage.advisories._checks import is_whole
from dunnage.advisories._index import (
    LIMITS,
    PART_BYTES,
    Descriptor,
    Index,
    IndexedPart,
    digest_of,
    is_sha256,
    moment,
    read_index,
    read_layout,
    read_manifest,
    write_index,
    write_layout,
    write_manifest,
)
from dunnage.advisories._lock import update_lock
from dunnage.advisories._part_file import frames
from dunnage.advisories.store import SCHEMA, damaged, open_store
from dunnage.io.atomic import write_atomic
from dunnage.model.errors import InputError, LimitError, NoAdvisoryDataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dunnage.advisories._contents import StoredPart
    from dunnage.advisories.store import Store
    from dunnage.model.progress import Progress

TAG = "latest"
_LEVEL = 9
_LAYOUT = b'{"imageLayoutVersion": "1.0.0"}\n'
_MODE = 0o644


class Published(Struct, frozen=True):
    """What was published.

    Attributes:
        path: The directory or file.
        digest: Digest of the manifest, which stands for all of it.
        parts: Number of parts.
        records: Number of records.
        size: Bytes of all files together.
        written: Bytes of what had to be written anew.
    """

    path: Path
    digest: str
    parts: int
    records: int
    size: int
    written: int


def publish(
    root: Path,
    out: Path,
    *,
    now: datetime,
    progress: Progress,
    only: Sequence[str] = (),
    wait: float = LIMITS.timeout,
) -> Published:
    """Write the store of a cache directory as an OCI image layout (image-spec 1.1).

    Files that are there already are kept; the index changes in one step, after all else is there;
    then files go that neither the new index nor the one before it names, so that whoever is
    fetching can end.

    Args:
        root: Cache directory.
        out: Directory that is new, empty, or was written by this function.
        now: The time to record.
        progress: Told about uncompressed bytes.
        only: Ecosystems to publish, with or without release; none means all.
        wait: Seconds to wait for another process that publishes to the same directory.

    Raises:
        NoAdvisoryDataError: If there is no store.
        InputError: If it cannot be read, or is damaged.
        UsageError: If the directory holds something else, or cannot be written.
    """
    store = open_store(root)
    if store is None:
        raise NoAdvisoryDataError(
            "there is no advisory data to publish", advice="fetch it with: dunnage db update"
        )
    with store:
        if not is_whole(store.path):
            raise damaged(store.path, "it is not as it was written")
        try:
            out.mkdir(parents=True, exist_ok=True)
            with update_lock(out, wait=wait, name=".lock"):
                return _Publisher(store, out, now, progress).run(only)
        except OSError as error:
            raise UsageError(
                f"the published store cannot be written: {error.strerror}", where=str(out)
            ) from error


def export(root: Path, file: Path, *, now: datetime, progress: Progress) -> Published:
    """Write the store of a cache directory as one file: a tar over the same layout.

    The file appears when it is complete.

    Raises:
        NoAdvisoryDataError: If there is no store.
        InputError: If it cannot be read, or is damaged.
        UsageError: If the file cannot be written.
    """
    from shutil import rmtree

    try:
        spool = Path(mkdtemp(prefix=".export-", dir=file.parent))
        try:
            found = publish(root, spool / "layout", now=now, progress=progress)
            _pack(spool / "layout", spool / "file")
            size = (spool / "file").stat().st_size
            (spool / "file").replace(file)
        finally:
            rmtree(spool, ignore_errors=True)
    except OSError as error:
        raise UsageError(f"it cannot be written: {error.strerror}", where=str(file)) from error
    return Published(file, found.digest, found.parts, found.records, size, size)


def _pack(folder: Path, file: Path) -> None:
    """Write a tar of a layout without times and owners; the same layout gives the same bytes."""
    import tarfile

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0, 0, "", ""
        entry.mode = _MODE
        return entry

    blobs = sorted((folder / "blobs" / "sha256").iterdir())
    with tarfile.open(file, "x", format=tarfile.USTAR_FORMAT) as tar:
        for path in (folder / "oci-layout", folder / "index.json", *blobs):
            tar.add(path, str(path.relative_to(folder)), filter=plain)
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
    file.chmod(_MODE)


class _Before(NamedTuple):
    """What was published before: parts by feed and name, and all blobs of it."""

    parts: dict[tuple[str, str], IndexedPart]
    blobs: frozenset[str]


class _Publisher:
    def __init__(self, store: Store, out: Path, now: datetime, progress: Progress) -> None:
        self._store = store
        self._out = out
        self._blobs = out / "blobs" / "sha256"
        self._now = moment(now.isoformat())
        self._progress = progress
        self._written = 0

    def run(self, only: Sequence[str]) -> Published:
        before = self._before()
        self._blobs.mkdir(parents=True, exist_ok=True)
        wanted = {name.partition(":")[0].strip() for name in only}
        chosen = [
            part
            for part in sorted(self._store.parts, key=lambda part: (part.feed, part.name))
            if not wanted or part.feed != "osv" or part.name in wanted
        ]
        if not chosen:
            raise InputError("the store holds none of these ecosystems", where=", ".join(only))
        parts = tuple(self._part(part, before) for part in chosen)
        index = Index(SCHEMA, self._now, f"dunnage {dunnage.__version__}", parts)
        config = self._small(write_index(index))
        manifest = self._small(write_manifest(config, parts, self._now))
        write_atomic(self._out / "oci-layout", _LAYOUT, mode=_MODE)
        write_atomic(self._out / "index.json", write_layout(manifest, TAG), mode=_MODE)
        kept = {part.digest for part in parts} | {config.digest, manifest.digest}
        self._prune(kept | before.blobs)
        return Published(
            self._out,
            manifest.digest,
            len(parts),
            sum(part.records for part in parts),
            sum(part.size for part in parts) + config.size + manifest.size,
            self._written,
        )

    def _before(self) -> _Before:
        """Return what an earlier run left, after making sure that nothing else is here.

        Raises:
            UsageError: If something else is.
        """
        there = {path.name for path in self._out.iterdir()} - {".lock"}
        if not there:
            return _Before({}, frozenset())
        try:
            layout = (self._out / "index.json").read_bytes()
            manifest = read_layout(layout, str(self._out))
            config = read_manifest(self._path(manifest.digest).read_bytes(), str(self._out))
            index = read_index(self._path(config.digest).read_bytes(), str(self._out))
        except (InputError, OSError) as error:
            if "index.json" not in there and there <= {"blobs", "oci-layout"}:
                return _Before({}, frozenset())  # a first run that was killed
            raise UsageError(
                "the directory holds something else",
                where=str(self._out),
                advice="name a new or empty directory, or one made by 'dunnage db build'",
            ) from error
        blobs = {manifest.digest, config.digest, *(part.digest for part in index.parts)}
        usable = index.parts if index.schema == SCHEMA else ()
        return _Before({(part.feed, part.name): part for part in usable}, frozenset(blobs))

    def _part(self, part: StoredPart, before: _Before) -> IndexedPart:
        had = before.parts.get((part.feed, part.name))
        if had is not None and (had.source, had.keys) == (part.digest, part.keys):
            path = self._path(had.digest)
            if path.is_file() and path.stat().st_size == had.size:
                return had._replace(checked=moment(part.checked) or self._now)
        wanted, content = self._file(part)
        return IndexedPart(
            feed=part.feed,
            name=part.name,
            digest=wanted.digest,
            size=wanted.size,
            content=content,
            keys=part.keys,
            checked=moment(part.checked) or self._now,
            records=part.records,
            source=part.digest,
        )

    def _file(self, part: StoredPart) -> tuple[Descriptor, int]:
        """Write the compressed file of a part; return what it is known by, and its length."""
        from dunnage.io._decoders import zstd_library

        beside = self._blobs / f".{os.urandom(8).hex()}"
        digest, size, content = hashlib.sha256(), 0, 0
        packer = zstd_library().ZstdCompressor(level=_LEVEL)
        self._progress.start(f"packing {part.feed}/{part.name}", -1)
        try:
            with beside.open("xb") as file:
                for frame in chain(frames(self._store, part), (b"",)):
                    data = packer.compress(frame) if frame else packer.flush()
                    content += len(frame)
                    size += len(data)
                    digest.update(data)
                    file.write(data)
                    self._progress.advance(len(frame))
                file.flush()
                os.fsync(file.fileno())
            if content > PART_BYTES:
                raise LimitError(f"a part of more than {PART_BYTES} bytes", where=part.name)
            found = Descriptor(f"sha256:{digest.hexdigest()}", size)
            beside.chmod(_MODE)
            if not self._path(found.digest).exists():
                self._written += size
            beside.replace(self._path(found.digest))
        finally:
            beside.unlink(missing_ok=True)
            self._progress.finish()
        return found, content

    def _small(self, data: bytes) -> Descriptor:
        digest = digest_of(data)
        if not self._path(digest).exists():
            self._written += len(data)
            write_atomic(self._path(digest), data, mode=_MODE)
        return Descriptor(digest, len(data))

    def _path(self, digest: str) -> Path:
        return self._blobs / digest.partition(":")[2]

    def _prune(self, kept: set[str]) -> None:
        for path in self._blobs.iterdir():
            stray = path.name.startswith(".") or is_sha256(f"sha256:{path.name}")
            if stray and f"sha256:{path.name}" not in kept:
                path.unlink(missing_ok=True)
