"""What is to be fetched: all there is, or only what a scan lacks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dunnage.advisories._index import moment
from dunnage.advisories._years import year_of, year_of_file
from dunnage.advisories.store import age_days
from dunnage.io.atomic import write_atomic
from dunnage.io.folder import names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from dunnage.advisories._contents import StoredPart
    from dunnage.advisories.store import Store

AGAIN_DAYS = 0.25
"""Days after which mirrors are asked again for what they lacked."""

RETRY_DAYS = 1 / 24
"""Days after which mirrors are asked again for what they have and could not give."""

ASKED = "asked.json"
"""File beside the store that tells when which mirrors were asked for a year of NVD.

What mirrors lack or cannot give leaves no trace in the store, and must not cost every scan its time.
"""

_FILE_BYTES = 1 << 16


class _Asked(msgspec.Struct):
    """When which mirrors were asked for a year, and if they answered."""

    mirrors: str
    at: str
    answered: bool


_read_asked = msgspec.json.Decoder(dict[str, _Asked]).decode


class Needs(NamedTuple):
    """What is to be fetched.

    Attributes:
        feeds: Feeds to ask for; empty for all.
        ecosystems: Ecosystems to ask OSV for, without release; empty for all.
        years: Years of CVEs to ask NVD for; empty for all.
    """

    feeds: tuple[str, ...] = ()
    ecosystems: tuple[str, ...] = ()
    years: tuple[str, ...] = ()

    def of(self, feed: str) -> tuple[str, ...]:
        """Return what is wanted of one feed; empty for all of it."""
        return {"osv": self.ecosystems, "nvd": self.years}.get(feed, ())

    def asks(self, feed: str) -> bool:
        """Return True if this feed is to be asked for."""
        return not self.feeds or feed in self.feeds


def lacking_ecosystems(
    store: Store | None, wanted: Iterable[str], mirrors: Collection[str], now: datetime
) -> Needs | None:
    """Return what to fetch for ecosystems, or None if nothing is to be.

    NVD is left out: which of its years are needed only matching tells. Feeds of a single file are
    fetched along, unless the same mirrors gave them a short time ago.

    Args:
        store: What is there, or None.
        wanted: Ecosystems with their release.
        mirrors: Names of the mirrors to ask. What they lacked a short time ago is left out.
        now: The time.
    """
    lacking = set()
    for name in wanted:
        mirror, checked = store.asked(name) if store else ("", "")
        recently = mirror in mirrors and _lately(checked, now)
        if store is None or (not store.has(name) and not recently):
            lacking.add(name.partition(":")[0])
    if not lacking:
        return None
    recent = {
        part.feed
        for part in (store.parts if store else ())
        if part.mirror in mirrors and _lately(part.checked, now)
    }
    others = set(names("dunnage.advisories.feeds")) - {"osv", "nvd"} - recent
    return Needs(("osv", *sorted(others)), tuple(sorted(lacking)))


def lacking_years(
    store: Store | None,
    cves: Iterable[str],
    mirrors: Collection[str],
    now: datetime,
    advised: str,
) -> Needs | None:
    """Return which years of NVD to fetch for CVEs, or None if none is to be.

    A year is left out if the same mirrors were asked for it a short time ago. One that is there is
    also left out if it is no older than the advisories: NVD has no score for many CVEs, and asking
    for them again and again gives none.

    Args:
        store: What is there, or None.
        cves: CVEs whose score is wanted.
        mirrors: Names of the mirrors to ask.
        now: The time. Years after the next one are not asked for, whatever an advisory says.
        advised: ISO time at which the advisories that name the CVEs were last known as current.
    """
    if store is None:
        return None
    wanted = {year_of(cve) for cve in cves if store.fact("nvd", cve) is None}
    wanted = {year for year in wanted if year and int(year) <= now.year + 1}
    had: dict[str, StoredPart] = {
        year_of_file(part.name): part for part in store.parts if part.feed == "nvd"
    }
    asked = _asked(store.path.parent, mirrors, now)
    lacking = []
    for year in sorted(wanted - asked):
        part = had.get(year)
        current = part is not None and (
            moment(part.checked) >= moment(advised)
            or (part.mirror in mirrors and _lately(part.checked, now))
        )
        if not current:
            lacking.append(year)
    return Needs(("nvd",), years=tuple(lacking)) if lacking else None


def absent_years(store: Store, cves: Iterable[str]) -> tuple[str, ...]:
    """Return the years of NVD that the store does not have, out of those of some CVEs, sorted."""
    had = {year_of_file(part.name) for part in store.parts if part.feed == "nvd"}
    # A file whose name tells no year may hold all of them.
    return () if "" in had else tuple(sorted({year_of(cve) for cve in cves} - had - {""}))


def remember(root: Path, told: Mapping[str, bool], mirrors: Collection[str], now: datetime) -> None:
    """Keep that mirrors were asked for years of NVD; nothing if that cannot be written.

    Args:
        root: Cache directory; its update lock must be held.
        told: For each year, True if there was an answer, even if it was that there is no such file.
        mirrors: Names of the mirrors.
        now: The time.
    """
    at = now.isoformat(timespec="seconds")
    kept = {year: entry for year, entry in _read(root).items() if _lately(entry.at, now)}
    kept |= {year: _Asked(_key(mirrors), at, answered) for year, answered in told.items()}
    with suppress(OSError):
        write_atomic(root / ASKED, msgspec.json.encode(kept, order="sorted"))


def _asked(root: Path, mirrors: Collection[str], now: datetime) -> set[str]:
    """Return the years which these mirrors are not to be asked for again yet."""
    key = _key(mirrors)
    return {
        year
        for year, entry in _read(root).items()
        if entry.mirrors == key
        and _lately(entry.at, now, AGAIN_DAYS if entry.answered else RETRY_DAYS)
    }


def _read(root: Path) -> dict[str, _Asked]:
    path = root / ASKED
    try:
        # A pipe of this name would make every scan wait.
        if not path.is_file():
            return {}
        with path.open("rb") as file:
            return _read_asked(file.read(_FILE_BYTES))
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return {}


def _key(mirrors: Collection[str]) -> str:
    from hashlib import sha256

    return sha256(repr(sorted(set(mirrors))).encode()).hexdigest()[:16]


def _lately(then: str, now: datetime, days: float = AGAIN_DAYS) -> bool:
    return 0 <= age_days(then, now) < days
