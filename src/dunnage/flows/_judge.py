"""From what a subject holds to what is wrong with it: matching, judging, planning upgrades."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.advisories.match import Matched, match
from dunnage.flows._advise import unreadable
from dunnage.flows._image_rules import image_findings
from dunnage.model.errors import InputError
from dunnage.model.problem import Problem
from dunnage.policy.judge import judge
from dunnage.remedies.upgrades import upgrades

if TYPE_CHECKING:
    from datetime import datetime

    from dunnage.advisories.store import Store
    from dunnage.flows._budget import Budget
    from dunnage.flows.scan import ScanRequest
    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.policy import Policy
    from dunnage.model.report import Gate, Subject

_DAY = 86400.0
_LATER = "this version cannot look for it yet"
_NO_FILES = "it is only a list of packages, without files"


class Match(Struct, frozen=True):
    """What came of matching one subject.

    Attributes:
        matched: Its findings.
        store: The opened store they are from; None if there is none, or it is damaged.
        problems: That it is damaged.
    """

    matched: Matched
    store: Store | None
    problems: tuple[Problem, ...] = ()


def match_subject(
    subject: Subject, store: Store | None, request: ScanRequest, *, now: datetime
) -> Match:
    """Match one subject, if it is to be searched for vulnerabilities.

    Args:
        subject: What was examined.
        store: The opened advisory store, or None.
        request: What to look for.
        now: The time to judge at.
    """
    if not _looks(subject, request):
        return Match(Matched(), store)
    max_age = request.max_age / _DAY if request.max_age else None
    try:
        return Match(match(subject.inventory, store, now=now, db_max_age=max_age), store)
    except InputError as error:
        # A damaged store must not cost the list of what is there.
        return Match(match(subject.inventory, None, now=now), None, (unreadable(error),))


def _looks(subject: Subject, request: ScanRequest) -> bool:
    return "vuln" in request.scanners and bool(subject.source)


def judge_subject(
    subject: Subject, found: Match, request: ScanRequest, *, now: datetime
) -> tuple[Subject, Gate, tuple[Problem, ...]]:
    """Judge what was found in one subject.

    Args:
        subject: What was examined.
        found: What came of matching it.
        request: What to look for and how to judge it.
        now: The time to judge at.

    Returns:
        The subject with its findings, its gate, and notes about waivers.
    """
    matched = found.matched
    problems = (*subject.problems, *found.problems, *matched.problems)
    examined = subject.examined
    if _looks(subject, request):
        examined = replace(
            examined,
            packages_matched=matched.matched,
            packages_unexamined=matched.unexamined,
        )
    by_ref = {package.ref: package for package in subject.inventory.packages}
    scope = subject.name.removeprefix(subject.target) if subject.target else ""
    hygiene, more = image_findings(subject) if "image" in request.scanners else ((), ())
    problems = (*problems, *more)
    found_all = (*subject.findings, *matched.findings, *hygiene)
    ran, skipped = _ran(subject, request)
    done = replace(
        subject,
        findings=found_all,
        problems=(*problems, *(_skip(name, why) for name, why in skipped)),
        examined=examined,
        scanners=ran,
        skipped=skipped,
    )
    if request.budget is not None:
        done = _within(done, request.budget, request.policy, now)
    judged, gate, notes = judge(done.findings, by_ref, request.policy, now, scope)
    done = replace(done, findings=judged)
    try:
        return _planned(done, found.store, now), gate, notes
    except InputError as error:
        # Other versions are looked up for a plan, and may be where the store is damaged.
        return replace(done, problems=(*done.problems, unreadable(error))), gate, notes


def _within(subject: Subject, budget: Budget, policy: Policy, now: datetime) -> Subject:
    """Return a subject with what is over its budget, and what could not be compared with it."""
    from dunnage.flows._budget import over_budget

    over, unchecked = over_budget(subject, budget, policy, now)
    return replace(
        subject,
        findings=(*subject.findings, *over),
        problems=(*subject.problems, *unchecked),
    )


def _ran(
    subject: Subject, request: ScanRequest
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return which scanners ran, and which did not, with the reason."""
    ran, skipped = [], []
    for name in request.scanners:
        if name == "vuln" or (name == "image" and subject.surface is not None):
            ran.append(name)
        elif name != "image":
            skipped.append((name, _LATER))
        elif subject.source:
            skipped.append((name, _NO_FILES))
    return tuple(ran), tuple(skipped)


def _planned(subject: Subject, store: Store | None, now: datetime) -> Subject:
    if store is None or not subject.findings:
        return subject
    inventory = subject.inventory

    by_ref = {package.ref: package for package in inventory.packages}

    def rematch(packages: tuple[Package, ...]) -> tuple[Finding, ...]:
        # Whose word counts depends on owners, so they are matched along, unchanged.
        refs = {package.ref for package in packages}
        owners = {package.owner for package in packages if package.owner} - refs
        held = (*packages, *(by_ref[ref] for ref in sorted(owners) if ref in by_ref))
        changed = replace(inventory, packages=held, edges=(), removed=())
        found = match(changed, store, now=now, notices=False).findings
        return tuple(finding for finding in found if finding.package in refs)

    return replace(subject, upgrades=upgrades(inventory, subject.findings, rematch))


def _skip(name: str, why: str) -> Problem:
    return Problem(
        "scanner-skipped",
        f"{name} was asked for and not examined: {why}",
        advice=f"leave {name} out of --scanners",
    )
