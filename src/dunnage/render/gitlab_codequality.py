"""Writes a Code Quality report, which GitLab shows in merge requests.

The format is a list of issues of Code Climate's engine specification, of which GitLab reads
``description``, ``check_name``, ``fingerprint``, ``severity`` and ``location``
(https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format). Open findings are
issues, and so is what was not examined. With a Dockerfile an issue lies where the layer was made,
else at its path inside the target.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.model.severity import Severity
from dunnage.render._dockerfile import line_of
from dunnage.render._encode import encode
from dunnage.render._open import incident, open_findings, solution, title
from dunnage.render._sarif_text import clean

if TYPE_CHECKING:
    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.problem import Problem
    from dunnage.model.report import Report, Subject, View

Json = dict[str, Any]
_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.UNKNOWN: "major",
    Severity.LOW: "minor",
    Severity.NEGLIGIBLE: "info",
}


def render(report: Report, view: View) -> bytes:
    """Return the report as a JSON list of issues.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    several = len(report.subjects) > 1
    issues = [
        _issue(finding, package, subject, several=several)
        for subject in report.subjects
        for finding, package in open_findings(subject)
    ]
    listed = [(problem, "") for problem in report.problems]
    listed += [(problem, s.name) for s in report.subjects for problem in s.problems]
    seen: Counter[tuple[Problem, str]] = Counter()
    for problem, name in listed:
        if problem.effect is not Effect.NOTE:
            issues.append(_unseen(seen[problem, name], problem, name))
            seen[problem, name] += 1
    return encode(issues)


def _issue(finding: Finding, package: Package | None, subject: Subject, *, several: bool) -> Json:
    about = f"{title(finding, package)}: {finding.message}".rstrip(": ")
    fix = solution(finding)
    description = f"{about} ({fix})" if fix else about
    place = finding.locations[0] if finding.locations else None
    line = line_of(finding, subject)
    path = subject.dockerfile if line else (place.path if place else subject.name)
    begin = line or (place.line if place else 0) or 1
    return {
        "type": "issue",
        "description": clean(description, 2000),
        "check_name": clean(finding.id or finding.kind.value, 200),
        "categories": ["Security"],
        "severity": _SEVERITIES[finding.severity],
        # GitLab drops all but the first issue of one fingerprint.
        "fingerprint": _fingerprint(finding, subject.name if several else ""),
        "location": {"path": clean(path) or "unknown", "lines": {"begin": begin}},
    }


def _unseen(number: int, problem: Problem, name: str) -> Json:
    """Return an issue for what was not examined, so that an empty report means what it says.

    Args:
        number: How many problems of the same words come before it.
        problem: What was not examined.
        name: The target, or empty if it concerns no single one.
    """
    text = f"{number}\n{name}\n{problem.code}\n{problem.message}\n{problem.where}"
    return {
        "type": "issue",
        "description": clean(f"Not examined: {incident(problem)}", 2000),
        "check_name": problem.code,
        "categories": ["Security"],
        "severity": "major",
        "fingerprint": sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32],
        "location": {"path": clean(name or problem.where) or "unknown", "lines": {"begin": 1}},
    }


def _fingerprint(finding: Finding, name: str) -> str:
    if not name and finding.fingerprint:
        return finding.fingerprint
    text = f"{name}\n{finding.fingerprint}\n{finding.id}\n{finding.package}"
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


renderer = Renderer(
    render=render,
    media_type="application/json",
    suffix=".json",
    summary="GitLab Code Quality: findings in merge requests",
)
