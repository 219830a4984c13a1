"""ALL: the advisory data: bring it up to date, tell what is there, hand it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dunnage.flows._advise import store_root
from dunnage.sources._source import Options, Registries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from dunnage.advisories.publish import Published
    from dunnage.advisories.status import StoreStatus
    from dunnage.advisories.update import Updated
    from dunnage.model.progress import Progress


class Fetching(NamedTuple):
    """What is to be fetched, and how.

    Attributes:
        mirrors: URLs, directories and files, in order; empty for the publishers.
        only: Ecosystems to load; empty for all.
        digest: Digest that every mirror, a published store, must have; or empty.
        offline: No network connection may be opened.
        registries: How registries are reached.
    """

    mirrors: Sequence[str] = ()
    only: Sequence[str] = ()
    digest: str = ""
    offline: bool = False
    registries: Registries = Registries()


def update_data(
    cache_root: Path,
    what: Fetching,
    *,
    now: datetime,
    progress: Progress,
    strict: bool = False,
) -> Updated:
    """Bring the advisory store up to date.

    Args:
        cache_root: The cache directory.
        what: What to fetch.
        now: The time to record.
        progress: Told about bytes as they are fetched.
        strict: Anything that cannot be had leaves the store as it is.

    Raises:
        InputError: If no mirror gave anything; the store stays as it was.
    """
    from dunnage.advisories.update import update
    from dunnage.flows._registries import registries
    from dunnage.io.http import Http

    return update(
        store_root(cache_root),
        what.mirrors,
        only=what.only,
        http=Http(offline=what.offline, ca_file=what.registries.ca_file),
        now=now,
        progress=progress,
        pin=what.digest,
        registries=registries(Options(offline=what.offline, registries=what.registries)),
        strict=strict,
    )


def build_data(
    cache_root: Path, out: Path, *, only: Sequence[str], now: datetime, progress: Progress
) -> Published:
    """Publish the advisory store as a directory that anything can serve.

    Args:
        cache_root: The cache directory.
        out: The directory.
        only: Ecosystems to publish; empty for all.
        now: The time to record.
        progress: Told about bytes as they are packed.

    Raises:
        NoAdvisoryDataError: If there is no store.
        InputError: If there is one that cannot be read.
        UsageError: If the directory holds something else, or cannot be written.
    """
    from dunnage.advisories.publish import publish

    return publish(store_root(cache_root), out, only=only, now=now, progress=progress)


def export_data(cache_root: Path, file: Path, *, now: datetime, progress: Progress) -> Published:
    """Write the advisory store as one file; arguments and errors as in ``build_data``."""
    from dunnage.advisories.publish import export

    return export(store_root(cache_root), file, now=now, progress=progress)


def data_status(cache_root: Path, now: datetime) -> StoreStatus:
    """Tell what is in the advisory store.

    Raises:
        InputError: If there is one that cannot be read.
    """
    from dunnage.advisories.status import status

    return status(store_root(cache_root), now)
