"""Takes the parts of a published store over into the store that is being made."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from msgspec.structs import replace

from dunnage.advisories._carrier import fetch
from dunnage.advisories._feed import Part
from dunnage.advisories._index import LIMITS, Descriptor, moment
from dunnage.advisories._mirror import Fetched
from dunnage.advisories._outcome import Loaded
from dunnage.advisories._part_file import load_part
from dunnage.advisories._probe import probe
from dunnage.advisories.store import SCHEMA
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.advisories._carrier import Opened
    from dunnage.advisories._contents import StoredPart
    from dunnage.advisories._index import IndexedPart
    from dunnage.advisories._updating import Job
    from dunnage.advisories._writer import Writer
    from dunnage.model.progress import Progress

_TAKEN = "published:"
"""Begins the digest of parts that were taken over; what was read here begins otherwise, so that
a part never counts as unchanged because another place says so."""

_NEWER = "update this tool, or name a mirror of another kind"


class Taker:
    """Takes parts of one published store.

    Args:
        store: The published store.
        mirror: The name of its mirror.
        writer: The store being made.
        job: The update.
    """

    def __init__(self, store: Opened, mirror: str, writer: Writer, job: Job) -> None:
        self._store = store
        self._mirror = mirror
        self._writer = writer
        self._job = job
        self._now = moment(job.now.isoformat())

    def take(self, part: IndexedPart, had: StoredPart | None) -> tuple[Loaded, bool]:
        """Take one part, unless the old store has it already.

        Args:
            part: The part, as the index tells of it.
            had: What the old store had of it, or None.

        Returns:
            What became of it, and True if it was left because what is here is newer.

        Raises:
            InputError: If it cannot be had, or is not as it must be; the old part stays.
        """
        where = f"{self._mirror}: {part.feed}/{part.name}"
        keys = probe(part.name) if part.feed == "osv" else ""
        if self._store.contents.schema != SCHEMA or part.keys != keys:
            raise InputError(
                "the published store was made for another version of this tool",
                where=where,
                advice=_NEWER,
            )
        checked = min(part.checked, self._now)
        mine = moment(had.checked) if had is not None else ""
        if had is not None and (had.digest, had.keys) == (_TAKEN + part.digest, keys):
            return self._keep(part, max(checked, mine)), False
        if had is not None and checked < mine and not self._job.pin:
            return self._loaded(part, (had.records, had.skipped, had.ignored), new=False), True
        return self._fetch(part, checked, keys), False

    def _keep(self, part: IndexedPart, checked: str) -> Loaded:
        same = Fetched(None, "", "", self._store.carrier.where(part.digest))
        counts = self._writer.keep(Part(part.feed, part.name, ""), same, checked)
        return self._loaded(part, counts, new=False)

    def _fetch(self, part: IndexedPart, checked: str, keys: str) -> Loaded:
        label = f"fetching {part.feed}/{part.name}"
        wanted = Descriptor(part.digest, part.size)
        stream = fetch(self._store.carrier, wanted, self._job.spool, label, self._job.progress)
        with stream:
            self._writer.begin()
            plain = Part(part.feed, part.name, "")
            sink = self._writer.part(plain, self._job.now.isoformat(timespec="seconds"))
            try:
                load_part(_content(stream, part, self._job.progress), plain, keys, sink)
            except InputError:
                self._writer.undo()
                raise
            facts = {
                "mirror": self._mirror,
                "location": self._store.carrier.where(part.digest),
                "validator": "",
                "digest": _TAKEN + part.digest,
                "checked": checked,
                "keys": keys,
            }
            counts = sink.finish(facts, matched=bool(keys) or part.feed != "osv")
            self._writer.accept()
        return self._loaded(part, counts, new=True)

    def _loaded(self, part: IndexedPart, counts: tuple[int, int, int], *, new: bool) -> Loaded:
        return Loaded(part.feed, part.name, *counts, unchanged=not new, mirror=self._mirror)


def _content(stream: BinaryIO, part: IndexedPart, progress: Progress) -> Iterator[bytes]:
    """Give the uncompressed file of a part, which must be as long as the index says.

    Raises:
        InputError: If it is damaged, or longer or shorter.
    """
    from dunnage.io.decompress import inflate

    progress.start(f"reading {part.feed}/{part.name}", part.size)
    try:
        limits = replace(LIMITS, layer_bytes=part.content)
        content = inflate(stream, limits, advance=progress.advance)
        yield from content
        if content.problems or content.kind != "zstd" or content.content_bytes != part.content:
            raise InputError(
                "the file of a part is damaged, or not as long as the index says",
                where=f"{part.feed}/{part.name}",
                advice="name another mirror",
            )
    finally:
        progress.finish()
