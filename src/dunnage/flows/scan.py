"""SHIP: what is vulnerable in a target, and what would fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

import dunnage
from dunnage.advisories.match import ecosystems_of
from dunnage.flows._advise import open_data, open_scores
from dunnage.flows._each import examine_each
from dunnage.flows._image_rules import image_texts
from dunnage.flows._judge import judge_subject, match_subject
from dunnage.model.report import Data, Report
from dunnage.policy.judge import UNUSED, combine, combine_notes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dunnage.flows._budget import Budget
    from dunnage.flows._examine import Request
    from dunnage.flows._point import Dockerfile
    from dunnage.model.policy import Policy
    from dunnage.model.problem import Problem
    from dunnage.model.progress import Progress
    from dunnage.model.report import Subject
    from dunnage.model.rule import RuleText


class ScanRequest(Struct, frozen=True):
    """How targets are to be scanned.

    Attributes:
        reading: How they are opened and read.
        policy: How findings are judged.
        scanners: What to look for (``vuln``, ``secret``, ``license``, ``image``).
        mirrors: Where to fetch missing advisory data from, in order; empty for the defaults.
        fetch: Missing advisory data may be fetched for targets that come from the network.
        max_age: Age in seconds from which advisory data makes a scan incomplete; 0 for never.
        list_packages: The user wants to see every package.
        dockerfile: What the targets were built from, or None.
        budget: What the targets may take at most, or None.
    """

    reading: Request
    policy: Policy
    scanners: tuple[str, ...] = ("vuln",)
    mirrors: tuple[str, ...] = ()
    fetch: bool = True
    max_age: float = 0.0
    list_packages: bool = False
    dockerfile: Dockerfile | None = None
    budget: Budget | None = None


def scan(
    targets: Sequence[str], request: ScanRequest, *, now: datetime, progress: Progress
) -> Report:
    """Scan targets and judge what was found.

    Args:
        targets: What the user asked for; at least one.
        request: How to scan.
        now: The time to judge at, with a time zone.
        progress: Told about bytes as they are read.

    Raises:
        TargetError: If there is one target and it cannot be read at all.
        UsageError: If nothing that was asked for can be understood.
    """
    subjects, told = examine_each(targets, request.reading, progress)
    subjects = _pointed(subjects, request, now)
    # Who does not look for vulnerabilities need not wait for advisory data.
    matching = subjects if "vuln" in request.scanners else ()
    store, problems = open_data(matching, request, now=now, progress=progress)
    matches = [match_subject(subject, store, request, now=now) for subject in subjects]
    found = [each.matched for each in matches]
    fuller, more = open_scores(
        subjects, found, store, request, problems, now=now, progress=progress
    )
    if fuller is not store:
        store = fuller
        matches = [match_subject(subject, store, request, now=now) for subject in subjects]
    judged = [
        judge_subject(subject, each, request, now=now)
        for subject, each in zip(subjects, matches, strict=True)
    ]
    data = Data()
    if store is not None:
        with store:
            data = store.data(now, {e for s in subjects for e in ecosystems_of(s.inventory)})
    notes = _notes(combine_notes([notes for _, _, notes in judged]))
    return Report(
        subjects=tuple(subject for subject, _, _ in judged),
        created=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        tool=f"dunnage {dunnage.__version__}",
        data=data,
        gate=combine([gate for _, gate, _ in judged]),
        problems=(*told, *problems, *more, *notes),
        list_packages=request.list_packages,
        rules=_texts(request, [subject for subject, _, _ in judged]),
    )


def _notes(notes: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Leave it to ``lint`` to say that a waiver of its rules is unused: it may be for other files."""
    return tuple(one for one in notes if one.code != UNUSED or " dockerfile/" not in one.message)


def _pointed(
    subjects: tuple[Subject, ...], request: ScanRequest, now: datetime
) -> tuple[Subject, ...]:
    if request.dockerfile is None:
        return subjects
    from dunnage.flows._point import point

    return point(subjects, request.dockerfile, now.date())


def _texts(request: ScanRequest, subjects: Sequence[Subject]) -> tuple[RuleText, ...]:
    """Return what is to be read about the rules that fired, sorted by their ids."""
    found: tuple[RuleText, ...] = ()
    if request.dockerfile is not None:
        from dunnage.flows._heavy_base import texts

        found = texts(subjects)
    if "image" in request.scanners or request.budget is not None:
        found = (*found, *image_texts(subjects))
    return found
