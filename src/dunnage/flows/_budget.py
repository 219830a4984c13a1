"""Compares what was measured of a subject with its budget, and with a report of an earlier image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.budget import OF_FILES, Excess
from dunnage.model.errors import TargetError, UsageError
from dunnage.model.problem import Problem
from dunnage.policy.judge import gated
from dunnage.rules.measures import Measured, blame, measured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dunnage.model.budget import Limit
    from dunnage.model.finding import Finding
    from dunnage.model.image import Image
    from dunnage.model.policy import Policy
    from dunnage.model.report import Report, Subject

_SOURCES_OF_LINT = frozenset({"dockerfile", "workflow"})
_REMAKE = "store a report of the last release again: `dunnage scan IMAGE --scanners vuln,image -o json=FILE`"


class Budget(Struct, frozen=True):
    """What targets may take at most.

    Attributes:
        limits: As the user gave them.
        name: File of the baseline, or empty.
        baseline: The report in it, or None.
        several: Several targets are examined, so that only their names tell which one of the
            baseline is meant.
    """

    limits: tuple[Limit, ...] = ()
    name: str = ""
    baseline: Report | None = None
    several: bool = False


class _Side(Struct, frozen=True):
    """A subject with those of its findings that count."""

    subject: Subject
    counted: Sequence[Finding]

    def of(self, key: str) -> Measured:
        return measured(self.subject, key, self.counted)


def open_budget(limits: tuple[Limit, ...], name: str, *, several: bool) -> Budget:
    """Return a budget with its baseline.

    Args:
        limits: What may be there at most.
        name: File of the baseline, or empty.
        several: As in ``Budget``.

    Raises:
        UsageError: If a limit needs a baseline and there is none, or none needs the one there is,
            or it cannot be read.
        InputError: If it is no report of ours, or one of ``lint``.
    """
    relative = next((limit for limit in limits if limit.relative), None)
    if relative is not None and not name:
        raise UsageError(
            f"--budget {relative.text} is relative to an earlier report, and none is named",
            advice="add --budget-from REPORT.json: what `dunnage scan ... -o json=REPORT.json` "
            "wrote for the last release",
        )
    if relative is None:
        if not name:
            return Budget(limits)
        raise UsageError(
            "--budget-from is given, and no budget is relative to it",
            advice="add one, such as --budget bytes=+5%; --budget-from= takes back what a file says",
        )
    return Budget(limits, name, _baseline(name), several)


def _baseline(name: str) -> Report:
    from dunnage.flows.convert import stored
    from dunnage.model.errors import InputError

    try:
        report = stored(name)
    except TargetError as error:
        told = f"the baseline cannot be read: {error.message}"
        raise UsageError(told, where=error.where or name, advice=_REMAKE) from error
    if not any(one.source and one.source not in _SOURCES_OF_LINT for one in report.subjects):
        raise InputError("the report is of no image", where=name, advice=_REMAKE)
    return report


def over_budget(
    subject: Subject, budget: Budget, policy: Policy, now: datetime
) -> tuple[tuple[Finding, ...], tuple[Problem, ...]]:
    """Compare a subject with the budget.

    Args:
        subject: With all of its findings and problems, not judged yet.
        budget: What it may take.
        policy: How its findings will be judged.
        now: The time to judge at.

    Returns:
        A finding for each key that is over, and a problem for each limit that was not checked.
    """
    if not subject.source:
        return (), ()  # that it could not be read is told already
    side = _side(subject, policy, now)
    found = _before(subject, budget) if budget.baseline is not None else None
    before = _side(found, policy, now) if found is not None else None
    over: dict[str, Excess] = {}
    problems = []
    for limit in budget.limits:
        result = _compared(side, before, limit, budget.name)
        if isinstance(result, Problem):
            problems.append(result)
        elif result is not None and result.most <= over.get(limit.key, result).most:
            over[limit.key] = result  # of two limits the tighter one
    return _findings(subject, tuple(over.values())), tuple(problems)


def _findings(subject: Subject, excesses: tuple[Excess, ...]) -> tuple[Finding, ...]:
    if not excesses:
        return ()
    from dunnage.model.surface import Surface
    from dunnage.rules.image._engine import check
    from dunnage.rules.image._rule import Facts
    from dunnage.rules.image.over_budget import rule

    surface = subject.surface or Surface()
    facts = Facts(surface, subject.image, subject.inventory.system, excesses)
    return check(facts, {"over-budget": rule})[0]


def _side(subject: Subject, policy: Policy, now: datetime) -> _Side:
    by_ref = {package.ref: package for package in subject.inventory.packages}
    return _Side(subject, gated(subject.findings, by_ref, policy, now))


def _compared(
    side: _Side, before: _Side | None, limit: Limit, name: str
) -> Excess | Problem | None:
    """Return what is over a limit, why that cannot be told, or None if it is kept."""
    now = side.of(limit.key)
    if now.value < 0 or (now.doubt and not now.least):
        return _unchecked(limit, now.doubt, _advice(limit, now))
    base = Measured(-1)
    if limit.relative:
        if before is None:
            told = f"{name} holds no image that is certainly the one to compare with"
            return _unchecked(limit, told, "name a report of the same image and platform")
        base = before.of(limit.key)
        if base.value < 0 or base.doubt:
            return _unchecked(limit, f"{name} does not tell it: {base.doubt}", _REMAKE)
    most = limit.allowed(base.value)
    if now.value <= most:
        return _unchecked(limit, now.doubt, "") if now.doubt else None
    if before is None or not limit.relative:
        cause = blame(side.subject, limit.key, side.counted)
        return Excess(limit, now.value, most, -1, cause.names, cause.layer)
    cause = blame(side.subject, limit.key, side.counted, before.subject, before.counted)
    return Excess(limit, now.value, most, base.value, cause.names, cause.layer, new=True)


def _advice(limit: Limit, found: Measured) -> str:
    if limit.key in OF_FILES and found.value < 0:
        return f"leave {limit.key} out of --budget, or scan the image itself"
    return ""


def _unchecked(limit: Limit, why: str, advice: str) -> Problem:
    message = f"whether {limit.text} is kept was not checked: {why}"
    return Problem("budget-not-checked", message, advice=advice)


def _before(subject: Subject, budget: Budget) -> Subject | None:
    """Return the subject of the baseline that a subject is compared with; nothing is guessed."""
    subjects = budget.baseline.subjects if budget.baseline is not None else ()
    there = [one for one in subjects if one.source and one.source not in _SOURCES_OF_LINT]
    named = [one for one in there if one.name == subject.name]
    if len(named) == 1:
        return named[0]
    if budget.several:
        return None
    if len(there) == 1 and not subject.target:
        return there[0] if _may_be_same(there[0].image, subject.image) else None
    alike = [one for one in there if _platform(one) == _platform(subject)]
    return alike[0] if len(alike) == 1 and _platform(subject) else None


def _platform(subject: Subject) -> str:
    return subject.platform or (str(subject.image.platform) if subject.image else "")


def _may_be_same(one: Image | None, other: Image | None) -> bool:
    """Tell whether two images are not for different architectures."""
    if one is None or other is None:
        return True
    first, second = one.platform, other.platform
    return not (first.architecture and second.architecture) or (
        (first.os, first.architecture) == (second.os, second.architecture)
    )
