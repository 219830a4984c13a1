"""Opens the advisory data a scan needs, and fetches what is missing if it may."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from dunnage.flows._examine import http_client
from dunnage.model.errors import DunnageError, InputError
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from dunnage.advisories.store import Store
    from dunnage.flows.scan import ScanRequest
    from dunnage.model.inventory import Inventory
    from dunnage.model.progress import Progress
    from dunnage.model.report import Subject


AGAIN_DAYS = 0.25
"""Days after which mirrors that lack a release are asked for it again."""


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
    remote = [subject.inventory for subject in subjects if subject.source == "registry"]
    missing = _missing(remote, store, request.mirrors, now)
    if request.fetch and missing:
        if store is not None:
            store.close()
        fetching = _fetch(root, missing, request, now, progress)
        # A store that could not be read may have been replaced by a new one.
        store, problems = _opened(root)
        problems = (*problems, *fetching)
    return store, problems


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


def _missing(
    inventories: Iterable[Inventory], store: Store | None, mirrors: Sequence[str], now: datetime
) -> tuple[str, ...]:
    """Return the ecosystems to ask for: not what the same mirrors lacked a short time ago."""
    from dunnage.advisories._mirror import names_of
    from dunnage.advisories.match import ecosystems_of
    from dunnage.advisories.store import age_days

    wanted = sorted({name for inventory in inventories for name in ecosystems_of(inventory)})
    if store is None:
        return tuple(wanted)
    names = names_of(mirrors)
    lacking = []
    for name in wanted:
        mirror, checked = store.asked(name)
        recently = mirror in names and 0 <= age_days(checked, now) < AGAIN_DAYS
        if not store.has(name) and not recently:
            lacking.append(name)
    return tuple(lacking)


def _fetch(
    root: Path,
    ecosystems: Sequence[str],
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
            only=ecosystems,
            http=http_client(reading),
            now=now,
            progress=progress,
            registries=registries(options),
        )
    except DunnageError as error:
        failed = Problem(
            "advisory-fetch-failed",
            f"advisory data could not be fetched: {error.message}",
            where=error.where,
            advice=error.advice,
            effect=Effect.NOTE,
        )
        return (failed,)
    # What is still missing afterwards is told by matching; here it is only the reason.
    return tuple(replace(problem, effect=Effect.NOTE) for problem in updated.problems)
