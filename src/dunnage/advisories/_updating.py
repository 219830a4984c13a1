"""One update under the lock: takes each part from the first mirror that has it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import dunnage
from dunnage.advisories._outcome import Loaded, Updated
from dunnage.advisories._years import is_wanted
from dunnage.model.errors import InputError
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from dunnage.advisories._carrier import Opened, OpenRegistry
    from dunnage.advisories._contents import StoredPart
    from dunnage.advisories._feed import Feed, Part
    from dunnage.advisories._mirror import Fetched, Mirror, Place
    from dunnage.advisories._writer import Writer
    from dunnage.advisories.needs import Needs
    from dunnage.model.progress import Progress

_READER = f"{dunnage.__version__}:"
"""Parts that another version of this tool has read are read again."""


class Job(NamedTuple):
    """What is to be done.

    Attributes:
        root: Cache directory.
        spool: Directory for what is being fetched and made.
        mirrors: Mirrors in order.
        needs: What to load.
        now: The time of the update.
        progress: Told about the bytes fetched.
        request: What tells this request from others; kept in the store.
        pin: Digest that the manifest of every mirror must have, or empty.
        registries: Opens registries, or None.
        strict: Anything that cannot be had leaves the old store as it is.
    """

    root: Path
    spool: Path
    mirrors: tuple[Mirror, ...]
    needs: Needs
    now: datetime
    progress: Progress
    request: str
    pin: str = ""
    registries: OpenRegistry | None = None
    strict: bool = False


def updated(job: Job) -> Updated:
    """Make a new store and put it in the place of the old one.

    Raises:
        InputError: If nothing could be loaded, or, where that is asked for, not everything.
        OSError: If it cannot be written.
    """
    return _Update(job).run()


class _Update:
    """One update, under the lock."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._spool = job.spool
        self._needs = job.needs
        self._mirrors = tuple(m for m in job.mirrors if not m.only or job.needs.asks(m.only))
        self._wanted = job.needs.ecosystems
        self._now = job.now.isoformat(timespec="seconds")
        self._progress = job.progress
        self._silent = False
        self._stores: dict[str, Opened] = {}
        self._reached: dict[str, bool] = {}
        self._absent: dict[str, str] = {}
        self._problems: list[Problem] = []
        self._loaded: list[Loaded] = []
        self._old: dict[tuple[str, str], StoredPart] = {}

    def run(self) -> Updated:
        from dunnage.advisories._feed import Feed
        from dunnage.advisories._writer import Writer, copy_store
        from dunnage.advisories.store import damaged, open_store, store_path
        from dunnage.io.folder import load_all

        path = store_path(self._job.root)
        new = self._spool / path.name
        fresh = not copy_store(path, new)
        if fresh and self._needs.years:
            # A new store would hold these scores and nothing else.
            raise damaged(path, "nothing can be added to it")
        if fresh:
            new.unlink(missing_ok=True)
        else:
            old = open_store(self._job.root)
            if old is not None:
                with old:
                    self._old = {(part.feed, part.name): part for part in old.parts}
        writer = Writer(new, fresh=fresh)
        try:
            self._reach()
            for name, feed in load_all("dunnage.advisories.feeds", "feed", Feed).items():
                if self._needs.asks(name):
                    self._feed(name, feed, writer)
            self._check()
            if not self._loaded:
                return self._outcome(path)
            writer.finish({"built": self._now, "request": self._job.request})
        finally:
            writer.abandon()
        new.replace(path)
        _sync(self._job.root)
        return self._outcome(path)

    def _outcome(self, path: Path) -> Updated:
        parts = tuple(sorted(self._loaded, key=lambda part: (part.feed, part.name)))
        published = tuple((name, store.digest) for name, store in self._stores.items())
        return Updated(path, parts, tuple(self._problems), published)

    def _check(self) -> None:
        grave = [found for found in self._problems if found.effect is not Effect.NOTE]
        # That no mirror has a year of NVD is an answer, too.
        if not self._loaded and (grave or not self._needs.years):
            what = "scores by NVD" if self._needs.years else "advisory data"
            raise InputError(
                f"no {what} could be loaded: " + self._first_problem(),
                advice="check the mirrors given with --from",
            )
        if self._job.strict and grave:
            raise InputError(
                f"nothing was taken over: {grave[0].message}",
                where=grave[0].where,
                advice=grave[0].advice,
            )

    def _reach(self) -> None:
        answering = []
        for mirror in self._mirrors:
            if mirror.last:
                answering.append(mirror)
                continue
            try:
                self._open(mirror)
                answering.append(mirror)
            except InputError as error:
                self._problem(error, mirror.name)
        self._silent = len(answering) < len(self._mirrors)
        self._mirrors = tuple(answering)

    def _open(self, mirror: Mirror) -> None:
        """See if a mirror answers, and if it holds a published store."""
        from dunnage.advisories._carrier import carrier_of, opened

        mirror.reach()
        carrier = carrier_of(mirror, self._job.registries)
        if carrier is not None:
            self._stores[mirror.name] = opened(carrier, self._job.pin)
        elif self._job.pin:
            raise InputError("only a published store has a digest", where=mirror.name)

    def _answers(self, mirror: Mirror) -> bool:
        """Return True if the publishers can be reached; asks each of them once, and only here."""
        if mirror.name not in self._reached:
            try:
                mirror.reach()
                self._reached[mirror.name] = True
            except InputError as error:
                self._problem(error, mirror.name)
                self._reached[mirror.name] = False
        return self._reached[mirror.name]

    def _lacking(self, feed: str, done: set[str]) -> tuple[str, ...] | None:
        """Return what the publishers are to be asked for after all other mirrors; None if nothing.

        Of the advisories, only ecosystems that were named, or have been here before; of other
        feeds, all if no published store answered.
        """
        if feed != "osv":
            return None if done or self._stores else self._needs.of(feed)
        seen = {name for kind, name in self._old if kind == "osv"}
        return tuple(sorted(set(self._wanted or seen) - done)) or None

    def _first_problem(self) -> str:
        if not self._problems:
            return "none of the mirrors holds any"
        return f"{self._problems[0].message} ({self._problems[0].where})"

    def _feed(self, name: str, feed: Feed, writer: Writer) -> None:
        done: set[str] = set()
        offered: set[str] = set()
        stale: dict[str, Loaded] = {}
        failed = self._silent
        for mirror in self._mirrors:
            if mirror.only and mirror.only != name:
                continue
            if mirror.name in self._stores:
                self._take(name, mirror, writer, done, offered, stale)
                continue
            wanted = self._lacking(name, done) if mirror.last else self._needs.of(name)
            if wanted is None:
                continue
            if mirror.last and not self._answers(mirror):
                failed = True
                continue
            try:
                place = mirror.root(name)
                parts = feed.parts(place, wanted)
            except InputError as error:
                self._problem(error, mirror.name)
                failed = True
                continue
            for part in parts:
                offered.add(part.name)
                if part.name not in done and self._part(part, feed, mirror, place, writer):
                    done.add(part.name)
        for part_name in sorted(stale.keys() - done):
            self._loaded.append(stale[part_name])
            self._older(name, part_name, stale[part_name].mirror)
            done.add(part_name)
        self._missing(name, done)
        self._problems += [
            Problem("feed-not-loaded", "the mirror lists a file it does not have", where=where)
            for part, where in sorted(self._absent.items())
            if part not in done
        ]
        self._absent.clear()
        if done and not failed and not self._needs.of(name):
            self._drop(name, offered, writer)

    def _drop(self, feed: str, offered: set[str], writer: Writer) -> None:
        for feed_name, part_name in sorted(self._old):
            if feed_name == feed and part_name not in offered:
                writer.drop(feed_name, part_name)

    def _take(
        self,
        feed: str,
        mirror: Mirror,
        writer: Writer,
        done: set[str],
        offered: set[str],
        stale: dict[str, Loaded],
    ) -> None:
        """Take what is not done yet from a published store."""
        from dunnage.advisories._take import Taker

        store = self._stores[mirror.name]
        taker = Taker(store, mirror.name, writer, self._job)
        offers = [part for part in store.contents.parts if part.feed == feed]
        if self._wanted and feed == "osv":
            offers = [part for part in offers if part.name in self._wanted]
        elif feed == "nvd":
            offers = [part for part in offers if is_wanted(part.name, self._needs.years)]
        for part in offers:
            offered.add(part.name)
            if part.name in done:
                continue
            try:
                loaded, older = taker.take(part, self._old.get((part.feed, part.name)))
            except InputError as error:
                self._problem(error, mirror.name)
                continue
            if older:
                stale.setdefault(part.name, loaded)
            else:
                self._loaded.append(loaded)
                done.add(part.name)

    def _older(self, feed: str, name: str, mirror: str) -> None:
        self._problems.append(
            Problem(
                "feed-not-loaded",
                "what the mirror has is older than what is here, which was kept",
                where=f"{mirror}: {feed}/{name}",
                advice="name a mirror that is kept up to date; --digest takes an older one on purpose",
                effect=Effect.NOTE,
            )
        )

    def _missing(self, feed: str, done: set[str]) -> None:
        if feed != "osv":
            return
        had = {name.partition(":")[0] for name in done}
        self._problems += [
            Problem(
                "ecosystem-not-found",
                f"no mirror has advisories for {name}",
                where=name,
                advice="ecosystems are spelled as in OSV's ecosystems.txt, such as 'crates.io'",
            )
            for name in self._wanted
            if name not in had
        ]

    def _part(self, part: Part, feed: Feed, mirror: Mirror, place: Place, writer: Writer) -> bool:
        from dunnage.advisories._probe import probe

        had = self._old.get((part.feed, part.name))
        today = probe(part.name) if part.feed == "osv" else ""
        known = had is not None and had.keys == today and had.digest.startswith(_READER)
        same = known and had is not None and had.location == place.told(part.path)
        validator = had.validator if same and had is not None else ""
        digest = had.digest if known and had is not None else ""
        try:
            fetched = place.fetch(part.path, validator, self._spool, self._progress)
        except InputError as error:
            self._problem(error, mirror.name)
            return False
        if fetched is None:
            self._absent[part.name] = place.told(part.path)
            return False
        if fetched.stream is None or digest == _READER + fetched.digest:
            if fetched.stream is not None:
                fetched.stream.close()
            kept = writer.keep(part, fetched, self._now)
            self._loaded.append(
                Loaded(part.feed, part.name, *kept, unchanged=True, mirror=mirror.name)
            )
            return True
        return self._read(part, feed, mirror, fetched, writer, today)

    def _read(
        self,
        part: Part,
        feed: Feed,
        mirror: Mirror,
        fetched: Fetched,
        writer: Writer,
        keys: str,
    ) -> bool:
        assert fetched.stream is not None  # noqa: S101 - _part handles the other case
        writer.begin()
        with fetched.stream as stream:
            try:
                sink = writer.part(part, self._now)
                feed.load(stream, part, sink)
            except InputError as error:
                writer.undo()
                self._problem(error, fetched.location)
                return False
        facts = {
            "mirror": mirror.name,
            "location": fetched.location,
            "validator": fetched.validator,
            "digest": _READER + fetched.digest,
            "checked": self._now,
            "keys": keys,
        }
        counts = sink.finish(facts, matched=bool(keys) or part.feed != "osv")
        writer.accept()
        self._loaded.append(
            Loaded(part.feed, part.name, *counts, unchanged=False, mirror=mirror.name)
        )
        return True

    def _problem(self, error: InputError, where: str) -> None:
        self._problems.append(
            Problem(
                "feed-not-loaded",
                error.message,
                where=error.where or where,
                advice=error.advice,
                effect=Effect.INCOMPLETE,
            )
        )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
