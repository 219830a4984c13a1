"""SHIP: a stored report, judged again if asked, ready for any format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.errors import InputError, TargetError
from dunnage.model.finding import Status
from dunnage.model.limits import Limits
from dunnage.model.severity import Severity
from dunnage.parsers.report_json import LARGEST, read
from dunnage.policy.judge import combine, judge, worst_first

_WRITTEN = "give a file that was written with `-o json=FILE`"

if TYPE_CHECKING:
    from datetime import datetime

    from dunnage.flows._point import Dockerfile
    from dunnage.model.policy import Policy
    from dunnage.model.report import Gate, Report, Subject


def stored(name: str) -> Report:
    """Read a stored report.

    Args:
        name: Path of a file that was written with ``-o json=FILE``, or ``-`` for standard input.

    Raises:
        TargetError: If the file cannot be read.
        InputError: If it is no report of ours; the message names what else it seems to be.
    """
    data = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else _content(name)
    where = "standard input" if name == "-" else name
    if not data:
        raise TargetError("there is nothing in it", where=where, advice=_WRITTEN)
    try:
        return _without_secrets(read(data, Limits()))
    except InputError as error:
        where = f"{where}, {error.where}" if error.where else where
        raise type(error)(error.message, where=where, advice=error.advice or _WRITTEN) from error


def _without_secrets(report: Report) -> Report:
    """Return a report without secrets in its images; who wrote it may not have looked for them."""
    if not any(subject.image for subject in report.subjects):
        return report
    from dunnage.rules.image_secrets import without_secrets

    subjects = tuple(
        replace(subject, image=without_secrets(subject.image)[0]) if subject.image else subject
        for subject in report.subjects
    )
    return replace(report, subjects=subjects)


def _content(name: str) -> bytes:
    """Return the content of a file. A named pipe nobody writes to would be waited for for ever.

    What the shell gives for ``<(command)`` is a pipe with a writer, below ``/dev``.
    """
    from dunnage.sources._stored import unreadable

    path = Path(name)
    try:
        if path.is_fifo() and not name.startswith("/dev/"):
            advice = "name a file; a report from a pipe is named - and read from standard input"
            raise TargetError("a named pipe, not a regular file", where=name, advice=advice)
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise unreadable(error, name) from error
    except ValueError as error:
        raise TargetError(f"cannot be opened: {error}", where=name) from error


def pointed(report: Report, dockerfile: Dockerfile, *, now: datetime) -> Report:
    """Point the findings of a report at a Dockerfile, and say what is to be said of its base.

    What that adds is judged by the gate the report was made with; all else stays as it was.

    Args:
        report: A stored report.
        dockerfile: What the targets were built from.
        now: The time to judge at, with a time zone.
    """
    from dunnage.flows._heavy_base import texts
    from dunnage.flows._point import point

    subjects = point(report.subjects, dockerfile, now.date())
    pairs = [_with_new(subject, _policy_of(report.gate), now) for subject in subjects]
    new = combine([gate for _, gate in pairs])
    gate = replace(
        report.gate,
        failed=report.gate.failed + new.failed,
        failed_fingerprints=tuple(
            sorted((*report.gate.failed_fingerprints, *new.failed_fingerprints))
        ),
    )
    known = {rule.id for rule in report.rules}
    rules = (*report.rules, *(one for one in texts(subjects) if one.id not in known))
    subjects = tuple(subject for subject, _ in pairs)
    return replace(report, subjects=subjects, gate=gate, rules=rules)


def _policy_of(gate: Gate) -> Policy:
    from dunnage.model.policy import Policy

    fail_on = Severity.of_word(gate.fail_on) or None if gate.asked else None
    return Policy(fail_on=fail_on, fail_on_unknown=gate.fail_on_unknown, exit_code=gate.exit_code)


def _with_new(subject: Subject, policy: Policy, now: datetime) -> tuple[Subject, Gate]:
    new = [finding for finding in subject.findings if not finding.fingerprint]
    scope = subject.name.removeprefix(subject.target) if subject.target else ""
    judged, gate, _ = judge(new, {}, policy, now, scope)
    kept = [finding for finding in subject.findings if finding.fingerprint]
    findings = tuple(sorted((*kept, *judged), key=worst_first))
    return replace(subject, findings=findings if judged else subject.findings), gate


def rejudged(report: Report, policy: Policy, *, now: datetime) -> Report:
    """Judge the findings of a report by another policy; without a gate its own gate stays.

    What is suppressed stays suppressed, and what a waiver of the scan covers stays waived; what was
    hidden is seen again.

    Args:
        report: A stored report.
        policy: How to judge; what its waivers cover is waived, too.
        now: The time to judge at, with a time zone.
    """
    kept = report.gate
    if policy.fail_on is None and not policy.fail_on_unknown and kept.asked:
        fail_on = Severity.of_word(kept.fail_on) or None
        policy = replace(
            policy, fail_on=fail_on, fail_on_unknown=kept.fail_on_unknown, exit_code=kept.exit_code
        )
    incomplete = policy.allow_incomplete or kept.allow_incomplete
    on_eol = policy.exit_on_eol or kept.exit_on_eol
    policy = replace(policy, allow_incomplete=incomplete, exit_on_eol=on_eol, budget=kept.budget)
    pairs = [_judged(subject, policy, now) for subject in report.subjects]
    subjects = tuple(subject for subject, _ in pairs)
    return replace(report, subjects=subjects, gate=combine([gate for _, gate in pairs]))


def _judged(subject: Subject, policy: Policy, now: datetime) -> tuple[Subject, Gate]:
    by_ref = {package.ref: package for package in subject.inventory.packages}
    waived = [finding for finding in subject.findings if finding.status is Status.WAIVED]
    others = [
        replace(finding, status=Status.OPEN, reason="")
        if finding.status is Status.HIDDEN
        else finding
        for finding in subject.findings
        if finding.status is not Status.WAIVED
    ]
    judged, gate, _ = judge(others, by_ref, policy, now)
    findings = tuple(sorted((*judged, *waived), key=worst_first))
    return replace(subject, findings=findings), gate
