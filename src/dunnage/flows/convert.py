"""SHIP: a stored report, judged again if asked, ready for any format."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.model.errors import TargetError
from dunnage.model.finding import Status
from dunnage.model.limits import Limits
from dunnage.model.severity import Severity
from dunnage.parsers.report_json import LARGEST, read
from dunnage.policy.judge import combine, judge, worst_first

if TYPE_CHECKING:
    from datetime import datetime

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
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(name).open("rb") as stream:
                data = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", "") or str(error)
        raise TargetError(f"the report cannot be read: {told}", where=name) from error
    return read(data, Limits())


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
    policy = replace(policy, allow_incomplete=incomplete, exit_on_eol=on_eol)
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
