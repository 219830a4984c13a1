"""ALL: the advisory data: bring it up to date, tell what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.flows._advise import store_root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from dunnage.advisories.status import StoreStatus
    from dunnage.advisories.update import Updated
    from dunnage.model.progress import Progress


def update_data(
    cache_root: Path,
    mirrors: Sequence[str],
    *,
    only: Sequence[str],
    offline: bool,
    now: datetime,
    progress: Progress,
) -> Updated:
    """Bring the advisory store up to date.

    Args:
        cache_root: The cache directory.
        mirrors: URLs and directories, in order; empty for the public ones.
        only: Ecosystems to load; empty for all.
        offline: No network connection may be opened.
        now: The time to record.
        progress: Told about bytes as they are fetched.

    Raises:
        InputError: If no mirror gave anything; the store stays as it was.
    """
    from dunnage.advisories.update import update
    from dunnage.io.http import Http

    return update(
        store_root(cache_root),
        mirrors,
        only=only,
        http=Http(offline=offline),
        now=now,
        progress=progress,
    )


def data_status(cache_root: Path, now: datetime) -> StoreStatus:
    """Tell what is in the advisory store.

    Raises:
        InputError: If there is one that cannot be read.
    """
    from dunnage.advisories.status import status

    return status(store_root(cache_root), now)
