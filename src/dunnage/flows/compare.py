"""SHIP: targets side by side: what they hold, what of it could be attacked, what is of no use."""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.flows.scan import scan
from dunnage.model.comparison import Change, Comparison
from dunnage.model.errors import UsageError
from dunnage.model.problem import Effect
from dunnage.versions._registry import ordering_for_type

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dunnage.flows.scan import ScanRequest
    from dunnage.model.inventory import Inventory
    from dunnage.model.problem import Problem
    from dunnage.model.progress import Progress
    from dunnage.model.report import Report

MOST = 20
"""Targets that are set side by side."""
EXAMPLE = "as in: dunnage compare old.tar new.tar"

_KINDS = ("added", "removed", "upgraded", "downgraded", "changed")

Packages = dict[tuple[str, str], tuple[str, ...]]


def compare(
    targets: Sequence[str],
    request: ScanRequest,
    *,
    explained: bool,
    now: datetime,
    progress: Progress,
) -> Report:
    """Set targets side by side.

    Args:
        targets: What the user asked for; two or more.
        request: How to read and match them. Without advisory data everything but vulnerabilities
            is compared, and that is said.
        explained: The user wants to know why each has its class, and how its base is known.
        now: The time to judge at.
        progress: Told about bytes as they are read.

    Returns:
        A report with one subject for each target (or platform of it), in order, and what changed
        between them if there are two.

    Raises:
        UsageError: If there are too few or too many targets, or none can be understood.
    """
    _check(targets, request)
    reading = replace(request.reading, surface=True)
    report = scan(targets, replace(request, reading=reading), now=now, progress=progress)
    read = [subject for subject in report.subjects if subject.source]
    comparison = Comparison(explained)
    if len(read) == len(report.subjects) == 2:
        comparison = _compared(read[0].inventory, read[1].inventory, explained=explained)
    subjects = tuple(
        replace(subject, upgrades=(), problems=_noted(subject.problems))
        for subject in report.subjects
    )
    problems = _noted(report.problems)
    return replace(report, subjects=subjects, problems=problems, comparison=comparison)


def _check(targets: Sequence[str], request: ScanRequest) -> None:
    """Raise UsageError if there are too few or too many targets."""
    takes = f"compare takes 2 to {MOST} targets"
    if len(targets) > MOST:
        advice = "compare them in several runs"
        raise UsageError(f"{takes}, and {len(targets):,} were named", advice=advice)
    if len(targets) > 1:
        return
    advice = f"name another, {EXAMPLE}"
    if any("," in name for name in targets):
        advice = f"put spaces between targets, {EXAMPLE}"
    elif request.reading.all_platforms:
        advice = "what differs between platforms is told by: dunnage scan --all-platforms IMAGE"
    where = targets[0][:200] if targets else ""
    raise UsageError(f"{takes}, and no other was named", where=where, advice=advice)


def _noted(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the problems; that there is no advisory data does not spoil a comparison."""
    return tuple(
        replace(problem, effect=Effect.NOTE) if problem.effect is Effect.NO_DATA else problem
        for problem in problems
    )


def _compared(before: Inventory, after: Inventory, *, explained: bool) -> Comparison:
    old, new = _packages(before), _packages(after)
    changes = [_change(key, old.get(key, ()), new.get(key, ())) for key in old.keys() | new.keys()]
    found = [change for change in changes if change is not None]
    found.sort(key=lambda one: (_KINDS.index(one.kind), one.type, one.name))
    return Comparison(explained, tuple(found), len(changes) - len(found))


def _packages(inventory: Inventory) -> Packages:
    """Return the versions of every package by its type and name, lowest first."""
    found: dict[tuple[str, str], set[str]] = {}
    for package in inventory.packages:
        found.setdefault((package.type, package.title), set()).add(package.version)
    return {key: _ordered(key[0], versions) for key, versions in found.items()}


def _ordered(kind: str, versions: set[str]) -> tuple[str, ...]:
    def compared(one: str, other: str) -> int:
        return _order(kind, one, other) or (one > other) - (one < other)

    return tuple(sorted(versions, key=cmp_to_key(compared)))


def _change(key: tuple[str, str], before: tuple[str, ...], after: tuple[str, ...]) -> Change | None:
    if before == after:
        return None
    told = (*key, ", ".join(before), ", ".join(after))
    if not before or not after:
        return Change("removed" if before else "added", *told)
    order = _order(key[0], before[-1], after[-1])
    word = {-1: "upgraded", 1: "downgraded"}.get(order, "changed")
    return Change(word, *told)


def _order(kind: str, one: str, other: str) -> int:
    """Return -1, 0 or 1; 0 also where nobody can tell."""
    ordering = ordering_for_type(kind)
    if ordering is None:
        return 0
    try:
        first, second = ordering.key(one), ordering.key(other)
    except ValueError:
        return 0
    return (first > second) - (first < second)
