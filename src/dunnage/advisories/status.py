"""What ``dunnage db status`` tells: what is in the store, from where, and how old it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dunnage.advisories.store import age_days, open_store, store_path

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One thing a mirror offers: the advisories of an ecosystem, or the file of another feed.

    Attributes:
        feed: Public name of the feed (``osv``).
        name: Ecosystem, or file.
        records: Records kept.
        skipped: Records left out because they cannot be understood.
        ignored: Records left out on purpose: withdrawn, no security advisory, no package.
        newest: ISO time of the newest record that is not later than the day it was fetched.
        checked: ISO time at which the mirror last confirmed it as current.
        changed: ISO time at which its content was last read.
        mirror: The mirror it came from.
        matched: False if versions of this ecosystem cannot be compared yet.
    """

    feed: str
    name: str
    records: int
    skipped: int
    ignored: int
    newest: str
    checked: str
    changed: str
    mirror: str
    matched: bool


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The store as a whole.

    Attributes:
        path: Where it lies, or would lie.
        present: False if there is none.
        size: Bytes.
        built: ISO time of the last update, or empty.
        age_days: Age of the oldest part, or -1.0.
        records: Advisories.
        digest: Content digest.
        releases: Pairs of ecosystem with release and number of advisories, sorted.
        parts: What it was made of, sorted by feed and name.
        mirrors: The mirrors it was made from, sorted.
    """

    path: str
    present: bool = False
    size: int = 0
    built: str = ""
    age_days: float = -1.0
    records: int = 0
    digest: str = ""
    releases: tuple[tuple[str, int], ...] = ()
    parts: tuple[PartStatus, ...] = ()
    mirrors: tuple[str, ...] = ()


def status(root: Path, now: datetime) -> StoreStatus:
    """Describe the store of a cache directory.

    Raises:
        InputError: If there is a store that cannot be read.
    """
    path = store_path(root)
    store = open_store(root)
    if store is None:
        return StoreStatus(path=str(path))
    with store:
        parts = tuple(_part(row) for row in store.parts())
        oldest = min((part.checked for part in parts), default=store.meta.get("built", ""))
        return StoreStatus(
            path=str(path),
            present=True,
            size=path.stat().st_size,
            built=store.meta.get("built", ""),
            age_days=age_days(oldest, now),
            records=int(store.meta.get("records", "0")),
            digest=store.meta.get("digest", ""),
            releases=tuple(sorted(store.releases.items())),
            parts=parts,
            mirrors=tuple(sorted({part.mirror for part in parts})),
        )


def _part(row: tuple[Any, ...]) -> PartStatus:
    feed, name, records, skipped, ignored, newest, checked, changed, mirror, matched = row
    return PartStatus(
        feed, name, records, skipped, ignored, newest, checked, changed, mirror, bool(matched)
    )
