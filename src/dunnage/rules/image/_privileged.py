"""Which programs have the setuid or setgid bit, or capabilities, because the distribution says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.io.tables import table

if TYPE_CHECKING:
    from dunnage.rules.image._rule import Facts


def usual_privileged(facts: Facts) -> frozenset[str]:
    """Return the paths, with ``bin`` and ``usr/bin`` taken for the same; none if it is not known."""
    system = facts.system
    if system is None:
        return frozenset()
    names = (system.id, *system.id_like)
    rows = table("privileged")["distribution"]
    row = next((row for name in names for row in rows if name in row["ids"]), None)
    if row is None:
        return frozenset()
    paths = set(row["paths"])
    return frozenset(paths | {path.removeprefix("usr/") for path in paths})
