"""BUILD: what is wrong in Dockerfiles and workflows beside them, and how it is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

import dunnage
from dunnage.flows._lint_each import look_at_each
from dunnage.flows._lint_file import Looker
from dunnage.model.report import Examined, Report, Subject
from dunnage.policy.judge import combine, combine_notes, judge
from dunnage.sources._dockerfiles import dockerfiles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dunnage.flows._lint_file import LintRequest, Looked
    from dunnage.flows._lint_mend import Change
    from dunnage.model.problem import Problem
    from dunnage.model.report import Gate
    from dunnage.sources._dockerfiles import Place

    Judged = tuple[Subject, Gate, tuple[Problem, ...]]

SOURCE, WORKFLOW = "dockerfile", "workflow"


class Linted(Struct, frozen=True):
    """What came of it.

    Attributes:
        report: One subject for each file, and one for each directory or file without any; after
            ``write`` it is about the files as they are now.
        changes: What was changed, or would be.
    """

    report: Report
    changes: tuple[Change, ...] = ()


def lint(named: Sequence[str], request: LintRequest, *, now: datetime) -> Linted:
    """Look at Dockerfiles and workflows, and judge what was found.

    Args:
        named: Files, directories, or ``-``; none for the current directory.
        request: How to look.
        now: The time to judge at, with a time zone.

    Raises:
        UsageError: If nobody knows a rule that was named.
    """
    today = now.date()
    looker = Looker(request, today)
    found = dockerfiles(
        named or (".",),
        request.limits,
        request.stdin_name,
        workflows=bool(looker.workflows.chosen),
    )
    looked = look_at_each(found.places, looker, today)
    judged = []
    changes: list[Change] = []
    for place, one in zip(found.places, looked, strict=True):
        subject = _judged(_subject(place, one), request, now)
        if request.mend and one.data is not None:
            subject, made = _mended(place, one.data, subject, looker, now)
            changes += made
        judged.append(subject)
    others = tuple(
        Subject(
            name=name,
            source="",
            scanners=("lint",),
            problems=tuple(p for n, p in found.problems if n == name),
        )
        for name in dict.fromkeys(name for name, _ in found.problems)
    )
    subjects = (*(subject for subject, _, _ in judged), *others)
    report = Report(
        subjects=subjects,
        created=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        tool=f"dunnage {dunnage.__version__}",
        gate=combine([gate for _, gate, _ in judged] or [judge((), {}, request.policy, now)[1]]),
        problems=combine_notes([notes for _, _, notes in judged]),
        rules=looker.texts({f.id for subject in subjects for f in subject.findings}),
    )
    return Linted(report, tuple(changes))


def _subject(place: Place, looked: Looked) -> Subject:
    source = WORKFLOW if place.workflow else SOURCE
    return Subject(
        name=place.name,
        source=source if looked.data is not None else "",
        findings=looked.findings,
        problems=looked.problems,
        examined=Examined(bytes_read=len(looked.data or b""), files=1),
        scanners=("lint",),
    )


def _mended(
    place: Place, data: bytes, judged: Judged, looker: Looker, now: datetime
) -> tuple[Judged, list[Change]]:
    """Return the subject as it is after mending, and what was changed or would be."""
    from dunnage.flows._lint_mend import changes, written

    seen = {data: judged}

    def at(content: bytes) -> Judged:
        if content not in seen:
            looked = looker.look_at(content, place)
            seen[content] = _judged(_subject(place, looked), looker.request, now)
        return seen[content]

    made = changes(place, data, lambda content: at(content)[0].findings, looker.request)
    if looker.request.mend == "show" or not made:
        return judged, made
    problem = written(made[0])
    if problem is None:
        return at(made[0].after), made
    subject, gate, notes = judged
    return (replace(subject, problems=(*subject.problems, problem)), gate, notes), []


def _judged(subject: Subject, request: LintRequest, now: datetime) -> Judged:
    findings, gate, notes = judge(subject.findings, {}, request.policy, now)
    return replace(subject, findings=findings), gate, notes
