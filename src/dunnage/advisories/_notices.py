"""What concerns a target as a whole: the end of its distribution's support, the age of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.advisories.store import age_days
from dunnage.model.finding import Finding, Kind
from dunnage.model.problem import Effect, Problem
from dunnage.model.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dunnage.advisories.store import Store
    from dunnage.model.system import OperatingSystem

FRESH_DAYS = 1.0
_UPDATE = "dunnage db update"


def end_of_life(system: OperatingSystem | None, now: datetime) -> tuple[Finding, ...]:
    """Return a finding if the distribution's free security support has ended."""
    if system is None or not system.end_of_life:
        return ()
    if now.date().isoformat() <= system.end_of_life:
        return ()
    name = system.name or f"{system.id} {system.version}".strip()
    finding = Finding(
        id="end-of-life",
        kind=Kind.END_OF_LIFE,
        message=f"{name} has had no free security support since {system.end_of_life}",
        severity=Severity.HIGH,
        severity_source="distribution",
    )
    return (finding,)


def age(
    store: Store, ecosystems: Iterable[str], now: datetime, max_age: float | None
) -> tuple[Problem, ...]:
    """Return a problem if the data is older than a day, or older than allowed.

    Args:
        store: The store.
        ecosystems: The ecosystems that were consulted.
        now: The time of the report.
        max_age: Allowed age in days, or None.
    """
    days = age_days(store.checked(ecosystems), now)
    told = f"{_span(days)} old" if days >= 0 else "of unknown age"
    if max_age is not None and (days > max_age or days < 0):
        message = f"the advisory data is {told}, older than the {_span(max_age)} allowed"
        return (Problem("advisory-data-too-old", message, advice=_UPDATE),)
    if days > FRESH_DAYS or days < 0:
        message = f"the advisory data is {told}"
        return (Problem("advisory-data-old", message, advice=_UPDATE, effect=Effect.NOTE),)
    return ()


def _span(days: float) -> str:
    """Return a time for people, in whole units of which there are at least two."""
    for unit, size in (("days", 1.0), ("hours", 1 / 24), ("minutes", 1 / 1440)):
        if days >= 2 * size:
            return f"{days / size:.0f} {unit}"
    return f"{days * 86400:.0f} seconds"
