"""Brings the advisory store up to date from mirrors."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Error as SqliteError
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import dunnage
from dunnage.advisories._lock import update_lock
from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dunnage.advisories._feed import Feed, Part
    from dunnage.advisories._mirror import Fetched, Mirror, Place
    from dunnage.advisories._writer import Writer
    from dunnage.io.http import Http
    from dunnage.model.progress import Progress

_SPOOL = ".update-"
_LIMITS = Limits()
_READER = f"{dunnage.__version__}:"
"""Parts that another version of this tool has read are read again."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one part.

    Attributes:
        feed: Public name of the feed.
        name: Ecosystem, or file.
        records: Records kept.
        skipped: Records that could not be understood.
        ignored: Records left out on purpose: withdrawn, no security advisory, no package.
        unchanged: True if the part was carried over from the old store.
        mirror: The mirror it came from.
    """

    feed: str
    name: str
    records: int
    skipped: int
    ignored: int
    unchanged: bool
    mirror: str


@dataclass(frozen=True, slots=True)
class Updated:
    """The outcome of an update.

    Attributes:
        path: The store.
        parts: What was loaded, sorted by feed and name.
        problems: What could not be had.
    """

    path: Path
    parts: tuple[Loaded, ...] = ()
    problems: tuple[Problem, ...] = ()


def update(
    root: Path,
    mirrors: Sequence[str],
    *,
    http: Http,
    now: datetime,
    progress: Progress,
    only: Sequence[str] = (),
    limits: Limits = _LIMITS,
) -> Updated:
    """Fetch what has changed and put a new store in the place of the old one.

    The old store stays readable and unchanged until the new one is complete; if nothing at all
    can be had, or the process is killed, it stays. A second update waits for the first.

    Args:
        root: Cache directory.
        mirrors: Directories or URLs in order, as ``_mirror.mirrors_of`` reads them; each part
            comes from the first that has it. None means the publishers themselves.
        http: Client for web mirrors.
        now: The time of the update.
        progress: Told about the bytes fetched.
        only: Ecosystems to bring up to date, with or without release; others that the old store
            holds are kept as they are. None means all the mirrors have.
        limits: ``timeout`` bounds the wait for another update.

    Raises:
        InputError: If no mirror can be used, nothing could be loaded, or the store cannot be
            written.
    """
    from dunnage.advisories._mirror import mirrors_of

    found = mirrors_of(mirrors, http)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with update_lock(root, wait=limits.timeout):
            _clean(root)
            spool = Path(mkdtemp(prefix=_SPOOL, dir=root))
            try:
                return _Update(root, spool, found, _wanted(only), now, progress).run()
            finally:
                _remove(spool)
    except (OSError, SqliteError) as error:
        raise InputError(
            f"the advisory store cannot be written: {getattr(error, 'strerror', '') or error}",
            where=str(root),
            advice="make room, or choose another place with --cache-dir",
        ) from error


def _wanted(only: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({name.partition(":")[0].strip() for name in only if name.strip()}))


class _Update:
    """One update, under the lock."""

    def __init__(
        self,
        root: Path,
        spool: Path,
        mirrors: tuple[Mirror, ...],
        wanted: tuple[str, ...],
        now: datetime,
        progress: Progress,
    ) -> None:
        self._root = root
        self._spool = spool
        self._mirrors = mirrors
        self._wanted = wanted
        self._now = now.isoformat(timespec="seconds")
        self._progress = progress
        self._silent = False
        self._absent: dict[str, str] = {}
        self._problems: list[Problem] = []
        self._loaded: list[Loaded] = []
        self._old: dict[tuple[str, str], tuple[str, str, str, str]] = {}

    def run(self) -> Updated:
        from dunnage.advisories._feed import Feed
        from dunnage.advisories._writer import Writer, copy_store
        from dunnage.advisories.store import open_store, store_path
        from dunnage.io.folder import load_all

        path = store_path(self._root)
        new = self._spool / path.name
        fresh = not copy_store(path, new)
        if fresh:
            new.unlink(missing_ok=True)
        else:
            old = open_store(self._root)
            if old is not None:
                with old:
                    self._old = old.known()
        writer = Writer(new, fresh=fresh)
        try:
            self._reach()
            for name, feed in load_all("dunnage.advisories.feeds", "feed", Feed).items():
                self._feed(name, feed, writer)
            if not self._loaded:
                raise InputError(
                    "no advisory data could be loaded: " + self._first_problem(),
                    advice="check the mirrors given with --from",
                )
            writer.finish({"built": self._now})
        finally:
            writer.abandon()
        new.replace(path)
        _sync(self._root)
        parts = tuple(sorted(self._loaded, key=lambda part: (part.feed, part.name)))
        return Updated(path, parts, tuple(self._problems))

    def _reach(self) -> None:
        answering = []
        for mirror in self._mirrors:
            try:
                mirror.reach()
                answering.append(mirror)
            except InputError as error:
                self._problem(error, mirror.name)
        self._silent = len(answering) < len(self._mirrors)
        self._mirrors = tuple(answering)

    def _first_problem(self) -> str:
        if not self._problems:
            return "none of the mirrors holds any"
        return f"{self._problems[0].message} ({self._problems[0].where})"

    def _feed(self, name: str, feed: Feed, writer: Writer) -> None:
        done: set[str] = set()
        offered: set[str] = set()
        failed = self._silent
        for mirror in self._mirrors:
            if mirror.only and mirror.only != name:
                continue
            try:
                place = mirror.root(name)
                parts = feed.parts(place, self._wanted)
            except InputError as error:
                self._problem(error, mirror.name)
                failed = True
                continue
            for part in parts:
                offered.add(part.name)
                if part.name not in done and self._part(part, feed, mirror, place, writer):
                    done.add(part.name)
        self._missing(name, done)
        self._problems += [
            Problem("feed-not-loaded", "the mirror lists a file it does not have", where=where)
            for part, where in sorted(self._absent.items())
            if part not in done
        ]
        self._absent.clear()
        if done and not failed and not (self._wanted and name == "osv"):
            for feed_name, part_name in sorted(self._old):
                if feed_name == name and part_name not in offered:
                    writer.drop(feed_name, part_name)

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

        location, validator, digest, keys = self._old.get((part.feed, part.name), ("",) * 4)
        today = probe(part.name) if part.feed == "osv" else ""
        known = keys == today and digest.startswith(_READER)
        same = known and location == place.location(part.path)
        try:
            fetched = place.fetch(part.path, validator if same else "", self._spool, self._progress)
        except InputError as error:
            self._problem(error, mirror.name)
            return False
        if fetched is None:
            self._absent[part.name] = place.location(part.path)
            return False
        if fetched.stream is None or (known and _READER + fetched.digest == digest):
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


def _clean(root: Path) -> None:
    """Remove what killed updates left behind; the lock says that none is running."""
    for stale in root.glob(f"{_SPOOL}*"):
        _remove(stale)


def _remove(folder: Path) -> None:
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
