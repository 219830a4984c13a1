"""Brings the advisory store up to date from mirrors."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from sqlite3 import Error as SqliteError
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from dunnage.advisories._lock import update_lock
from dunnage.advisories._outcome import Loaded, Updated
from dunnage.advisories._updating import Job, updated
from dunnage.advisories._years import year_of_file
from dunnage.advisories.needs import Needs, remember
from dunnage.advisories.store import store_path
from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.model.problem import Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dunnage.advisories._carrier import OpenRegistry
    from dunnage.advisories.store import Store
    from dunnage.io.http import Http
    from dunnage.model.progress import Progress

    Lacks = Callable[[Store | None], Needs | None]

__all__ = ["Loaded", "Updated", "update"]

_SPOOL = ".update-"
_LIMITS = Limits()


def update(  # noqa: PLR0913 - all of them but the first two are named
    root: Path,
    mirrors: Sequence[str],
    *,
    http: Http,
    now: datetime,
    progress: Progress,
    only: Sequence[str] = (),
    limits: Limits = _LIMITS,
    pin: str = "",
    registries: OpenRegistry | None = None,
    strict: bool = False,
    lacks: Lacks | None = None,
) -> Updated:
    """Fetch what has changed and put a new store in the place of the old one.

    The old store stays readable and unchanged until the new one is complete; if nothing at all
    can be had, or the process is killed, it stays. A second update waits for the first; if that
    one did the same, nothing is left to do.

    Args:
        root: Cache directory.
        mirrors: Directories, archives or URLs in order, as ``_mirror.mirrors_of`` reads them;
            each part comes from the first that has it. None means the publishers themselves.
        http: Client for web mirrors.
        now: The time of the update.
        progress: Told about the bytes fetched.
        only: Ecosystems to bring up to date, with or without release; others that the old store
            holds are kept as they are. None means all the mirrors have.
        limits: ``timeout`` bounds the wait for another update.
        pin: Digest that the manifest of every mirror must have, so that all of them must hold
            published stores; or empty.
        registries: Opens registries; None where there are none.
        strict: Anything that cannot be had leaves the old store as it is.
        lacks: Tells what to fetch instead of ``only``, or None if nothing is needed. It is asked
            when no other update runs any more, so that nothing that one brought is fetched again.

    Raises:
        InputError: If no mirror can be used, nothing could be loaded, or the store cannot be
            written.
    """
    from dunnage.advisories._mirror import mirrors_of

    found = mirrors_of(mirrors, http)
    wanted = tuple(sorted({name.partition(":")[0].strip() for name in only if name.strip()}))
    request = _request([mirror.name for mirror in found], wanted, pin, strict)
    needs = Needs(ecosystems=wanted)
    job = Job(root, root, found, needs, now, progress, request, pin, registries, strict)
    try:
        root.mkdir(parents=True, exist_ok=True)
        return _alone(job, limits.timeout, lacks)
    except (OSError, SqliteError) as error:
        raise InputError(
            f"the advisory store cannot be written: {getattr(error, 'strerror', '') or error}",
            where=str(root),
            advice="make room, or choose another place with --cache-dir",
        ) from error


def _request(*words: object) -> str:
    return sha256(repr(words).encode()).hexdigest()


def _alone(job: Job, wait: float, lacks: Lacks | None) -> Updated:
    """Do the update when no other one runs, unless that one has done the same."""
    root = job.root
    lasting = not any(mirror.kind == "archive" for mirror in job.mirrors)
    before = _identity(root)
    with update_lock(root, wait=wait) as waited:
        if lacks is not None:
            needs = _still(root, lacks)
            if needs is None:
                return Updated(store_path(root), shared=True)
            # Never the request of a complete update, which must not count as done by this one.
            job = job._replace(needs=needs, request=_request("lacking", job.request, needs))
        elif waited and lasting and _identity(root) != before:
            same = _done(root, job.request)
            if same is not None:
                return same
        _clean(root)
        spool = Path(mkdtemp(prefix=_SPOOL, dir=root))
        try:
            return _remembered(job._replace(spool=spool))
        finally:
            _remove(spool)


def _remembered(job: Job) -> Updated:
    """Do an update, and remember which years of NVD were asked for, whatever came of it."""
    years = job.needs.years
    if not years:
        return updated(job)
    had: set[str] = set()
    failed = True
    try:
        done = updated(job)
        had = {year_of_file(part.name) for part in done.parts if part.feed == "nvd"}
        failed = any(problem.effect is not Effect.NOTE for problem in done.problems)
    finally:
        told = {year: not failed or year in had for year in years}
        remember(job.root, told, [mirror.name for mirror in job.mirrors], job.now)
    return done


def _still(root: Path, lacks: Lacks) -> Needs | None:
    """Return what is lacking in the store as it is now."""
    from dunnage.advisories.store import open_store

    try:
        store = open_store(root)
        if store is not None:
            with store:
                return lacks(store)
    except InputError:
        # It is damaged, so the update will begin anew.
        pass
    return lacks(None)


def _identity(root: Path) -> tuple[int, int] | None:
    """Return what tells one store file from another that took its place."""
    try:
        found = store_path(root).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _done(root: Path, request: str) -> Updated | None:
    """Return what another update did that had the same request, or None if it had not."""
    from dunnage.advisories.store import open_store

    try:
        store = open_store(root)
    except InputError:
        return None
    if store is None:
        return None
    with store:
        if store.meta.get("request") != request:
            return None
        parts = tuple(
            Loaded(
                part.feed,
                part.name,
                part.records,
                part.skipped,
                part.ignored,
                unchanged=True,
                mirror=part.mirror,
            )
            for part in sorted(store.parts, key=lambda part: (part.feed, part.name))
        )
        return Updated(store.path, parts, shared=True)


def _clean(root: Path) -> None:
    """Remove what killed updates left behind; the lock says that none is running."""
    for stale in root.glob(f"{_SPOOL}*"):
        _remove(stale)


def _remove(folder: Path) -> None:
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)
