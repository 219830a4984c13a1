"""What ``dunnage db status`` tells: what is in the store, from where, and how old it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.advisories._checks import is_whole
from dunnage.advisories._years import spans_of_years
from dunnage.advisories.store import age_days, damaged, open_store, store_path

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from dunnage.advisories._contents import StoredPart


class PartStatus(Struct, frozen=True):
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


class StoreStatus(Struct, frozen=True):
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
        scored: Years of CVEs of which it has NVD's scores (``2002, 2019-2024``), or empty.
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
    scored: str = ""


def status(root: Path, now: datetime) -> StoreStatus:
    """Describe the store of a cache directory, after reading all of it to see if it is sound.

    Raises:
        InputError: If there is a store that cannot be read, or is damaged anywhere.
    """
    path = store_path(root)
    store = open_store(root)
    if store is None:
        return StoreStatus(path=str(path))
    with store:
        if not _sound(path):
            raise damaged(path, "it is not as it was written")
        parts = tuple(sorted(map(_part, store.parts), key=lambda part: (part.feed, part.name)))
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
            scored=spans_of_years(part.name for part in parts if part.feed == "nvd"),
        )


def _sound(path: Path) -> bool:
    try:
        return is_whole(path)
    except OSError:
        return False


def _part(part: StoredPart) -> PartStatus:
    return PartStatus(
        feed=part.feed,
        name=part.name,
        records=part.records,
        skipped=part.skipped,
        ignored=part.ignored,
        newest=part.newest,
        checked=part.checked,
        changed=part.changed,
        mirror=part.mirror,
        matched=bool(part.matched),
    )
