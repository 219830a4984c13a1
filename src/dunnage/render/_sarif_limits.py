"""What code scanning has room for, and which findings are kept where there are more.

GitHub refuses a file with more than 20 runs, a run with more than 25,000 results or rules, and an
upload of more than 10 MB after gzip; of the results it keeps the 5,000 worst
(https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning).
A result never has more than a hundred places here, nor a rule more than four tags.
"""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.finding import Status
from dunnage.model.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.report import Subject

RUNS = 20
RESULTS = 25_000
BYTES = 10_000_000


class Part(NamedTuple):
    """What of one subject is written.

    Attributes:
        subject: The subject.
        findings: The findings to write, in the order of the report.
        left_out: How many findings there was no room for.
    """

    subject: Subject
    findings: tuple[Finding, ...]
    left_out: int


def listed(subject: Subject) -> tuple[Finding, ...]:
    """Return the findings of a subject that are results: the open ones, the worst first.

    Code scanning does not look at suppressions and would open an alert for everything else, too.
    """
    return tuple(finding for finding in subject.findings if finding.status is Status.OPEN)


def parts(subjects: Sequence[Subject], most: int | None = None) -> tuple[Part, ...]:
    """Return what to write of each subject; the subjects with the worst findings come in.

    Args:
        subjects: All subjects of a report.
        most: Findings of one subject that there is room for, if not as many as one run may have.
    """
    room = RESULTS if most is None else most
    kept = set(sorted(range(len(subjects)), key=lambda i: _weight(subjects[i]))[:RUNS])
    return tuple(_part(subject, room) for i, subject in enumerate(subjects) if i in kept)


def fitting(
    subjects: Sequence[Subject], encode: Callable[[Sequence[Part]], bytes]
) -> tuple[tuple[Part, ...], bytes]:
    """Return the largest choice of findings whose document is small enough, and the document."""
    most = RESULTS
    while True:
        chosen = parts(subjects, most)
        document = encode(chosen)
        packed = len(document) if len(document) <= BYTES else len(zlib.compress(document, 6))
        largest = max((len(part.findings) for part in chosen), default=0)
        if packed <= BYTES or not largest:
            return chosen, document
        most = int(largest * min(0.95, 0.95 * BYTES / packed))


def told(subjects: Sequence[Subject], chosen: Sequence[Part]) -> str:
    """Return one sentence about what was left out, without a final stop, or an empty text."""
    shown = sum(len(part.findings) for part in chosen)
    total = sum(len(listed(subject)) for subject in subjects)
    if len(chosen) == len(subjects) and shown == total:
        return ""
    parts_told = [f"the {shown:,} worst of {total:,} findings"] if shown < total else []
    if len(chosen) < len(subjects):
        parts_told.append(f"{len(chosen)} of {len(subjects)} targets")
    return f"only {' and '.join(parts_told)} are listed, because code scanning takes no more"


def _part(subject: Subject, most: int) -> Part:
    findings = listed(subject)
    return Part(subject, findings[:most], max(0, len(findings) - most))


def _weight(subject: Subject) -> tuple[int, ...]:
    counts = Counter(f.severity for f in subject.findings if f.status is Status.OPEN)
    return tuple(-counts[severity] for severity in sorted(Severity, reverse=True))
