"""Opens the advisory data a scan needs, and fetches what is missing if it may."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.flows._examine import http_client
from dunnage.model.errors import DunnageError, InputError
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from dunnage.advisories.match import Matched
    from dunnage.advisories.needs import Needs
    from dunnage.advisories.store import Store
    from dunnage.advisories.update import Lacks
    from dunnage.flows.scan import ScanRequest
    from dunnage.model.progress import Progress
    from dunnage.model.report import Subject


_FAILED = "advisory-fetch-failed"


def store_root(cache_root: Path) -> Path:
    """Return where the advisory store of a cache directory lies."""
    return cache_root / "advisories"


def open_data(
    subjects: Sequence[Subject], request: ScanRequest, *, now: datetime, progress: Progress
) -> tuple[Store | None, tuple[Problem, ...]]:
    """Open the store, after fetching what images from a registry need and it lacks.

    Args:
        subjects: What is to be matched.
        request: Whether and where to fetch.
        now: The time of the scan.
        progress: Told about bytes as they are fetched.

    Returns:
        The store, which the caller closes, or None if there is none; and what went wrong.
    """
    root = store_root(request.reading.cache_root)
    store, problems = _opened(root)
    remote = [subject.inventory for subject in subjects if _is_remote(subject)]
    if not request.fetch or not remote:
        return store, problems
    from dunnage.advisories._mirror import names_of
    from dunnage.advisories.match import ecosystems_of
    from dunnage.advisories.needs import lacking_ecosystems

    wanted = sorted({name for inventory in remote for name in ecosystems_of(inventory)})
    mirrors = names_of(request.mirrors)

    def lacks(found: Store | None) -> Needs | None:
        return lacking_ecosystems(found, wanted, mirrors, now)

    if lacks(store) is None:
        return store, problems
    if store is not None:
        store.close()
    fetching = _fetch(root, lacks, request, now, progress)
    # A store that could not be read may have been replaced by a new one.
    store, problems = _opened(root)
    return store, (*problems, *fetching)


def open_scores(
    subjects: Sequence[Subject],
    matches: Sequence[Matched],
    store: Store | None,
    request: ScanRequest,
    problems: Sequence[Problem] = (),
    *,
    now: datetime,
    progress: Progress,
) -> tuple[Store | None, tuple[Problem, ...]]:
    """Fetch the scores by NVD that decide about findings of images from a registry.

    NVD has a file for every year, and many of them are large. So only those are fetched that tell
    of a CVE whose advisory does not itself say how bad it is.

    Args:
        subjects: What was matched.
        matches: What came of it, in the same order.
        store: The opened store. It is closed if another is returned, after which all has to be
            matched again.
        request: Whether and where to fetch.
        problems: What ``open_data`` told. Where nothing answered, nothing is asked again.
        now: The time of the scan.
        progress: Told about bytes as they are fetched.

    Returns:
        The store, which the caller closes, and what went wrong.
    """
    remote = [found for one, found in zip(subjects, matches, strict=True) if _is_remote(one)]
    cves = sorted({cve for found in remote for cve in found.unscored})
    silent = any(problem.code == _FAILED for problem in problems)
    if store is None or not request.fetch or not cves or silent:
        return store, ()
    from dunnage.advisories._mirror import names_of
    from dunnage.advisories.needs import lacking_years

    mirrors = names_of(request.mirrors)
    advised = max(store.asked(name)[1] for found in remote for name in found.ecosystems)

    def lacks(found: Store | None) -> Needs | None:
        return lacking_years(found, cves, mirrors, now, advised)

    try:
        if lacks(store) is None:
            return store, _unscored(store, cves)
    except InputError as error:
        return store, (unreadable(error),)
    store.close()
    root = store_root(request.reading.cache_root)
    fetching = _fetch(root, lacks, request, now, progress)
    fresh, unread = _opened(root)
    without = _unscored(fresh, cves) if fresh is not None else ()
    return fresh, (*unread, *fetching, *without)


def _unscored(store: Store, cves: Sequence[str]) -> tuple[Problem, ...]:
    """Tell which years of NVD would decide about findings, and are not to be had."""
    from dunnage.advisories.needs import absent_years

    years = absent_years(store, cves)
    if not years:
        return ()
    missing = Problem(
        "no-scores",
        f"there are no scores by NVD for CVEs of {', '.join(years)}: the severity of findings "
        "rests on what others say, or is unknown",
        where="nvd",
        advice="dunnage db update, from a mirror that has nvd/",
        effect=Effect.NOTE,
    )
    return (missing,)


def _is_remote(subject: Subject) -> bool:
    return subject.source == "registry"


def unreadable(error: InputError) -> Problem:
    """Return the problem of a store that is damaged."""
    return Problem(
        "advisory-store-unreadable", error.message, where=error.where, advice=error.advice
    )


def _opened(root: Path) -> tuple[Store | None, tuple[Problem, ...]]:
    from dunnage.advisories.store import open_store

    try:
        return open_store(root), ()
    except InputError as error:
        return None, (unreadable(error),)


def _fetch(
    root: Path,
    lacks: Lacks,
    request: ScanRequest,
    now: datetime,
    progress: Progress,
) -> tuple[Problem, ...]:
    from dunnage.advisories.update import update
    from dunnage.flows._registries import registries
    from dunnage.sources._source import Options

    reading = request.reading
    known = dict(os.environ)
    if not known.get("DUNNAGE_REGISTRY_HOST"):
        # User and password of the environment are for the registry of the image, not for this one.
        known.pop("DUNNAGE_REGISTRY_USERNAME", None)
    options = Options(offline=reading.offline, registries=reading.registries, environ=known)
    try:
        updated = update(
            root,
            request.mirrors,
            lacks=lacks,
            http=http_client(reading),
            now=now,
            progress=progress,
            registries=registries(options),
        )
    except DunnageError as error:
        failed = Problem(
            _FAILED,
            f"advisory data could not be fetched: {error.message}",
            where=error.where,
            advice=error.advice,
            effect=Effect.NOTE,
        )
        return (failed,)
    # What is still missing afterwards is told by matching; here it is only the reason.
    return tuple(replace(problem, effect=Effect.NOTE) for problem in updated.problems)
