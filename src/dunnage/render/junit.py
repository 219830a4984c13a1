"""Writes JUnit XML, which build servers show as test results.

There is no standard; this keeps to what the schema of Jenkins' xUnit plug-in accepts
(https://github.com/jenkinsci/xunit-plugin, ``junit-10.xsd``). Each target is a suite, each finding a
case: it fails if it fails the gate, or if there is no gate and it is open; it is skipped if it is
waived or suppressed. What could not be examined is an error, so that a suite without findings is
only green if everything was seen. Findings that were not asked for are left out, unless they fail
the gate all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Status
from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.render._open import incident, solution, title
from dunnage.render._text import clean
from dunnage.render._xml import escaped, quoted

if TYPE_CHECKING:
    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.report import Report, Subject, View


def render(report: Report, view: View) -> bytes:
    """Return the report as UTF-8 XML.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    failing = set(report.gate.failed_fingerprints) if report.gate.asked else None
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="dunnage">']
    for number, subject in enumerate(report.subjects):
        lines += _suite(report, subject, number, failing)
    lines.append("</testsuites>")
    return ("\n".join(lines) + "\n").encode()


def _suite(report: Report, subject: Subject, number: int, failing: set[str] | None) -> list[str]:
    by_ref = {package.ref: package for package in subject.inventory.packages}
    cases, counts = [], {"failures": 0, "skipped": 0, "errors": 0}
    several = len(report.subjects) > 1
    for finding in subject.findings:
        if finding.status is Status.HIDDEN and finding.fingerprint not in (failing or ()):
            continue
        package = by_ref.get(finding.package)
        body, outcome = _outcome(finding, package, failing)
        if outcome:
            counts[outcome] += 1
        about = package.title if package else subject.name
        # Servers take cases of one class and name for the same one, whatever their suites.
        group = f"{subject.name}: {about}" if several and package else about
        place = finding.locations[0] if finding.locations else None
        line = f" in line {place.line}" if place and place.column else ""
        cases.append(_case(group, title(finding, package) + line, body))
    # What concerns no single target is told once.
    problems = (*(report.problems if not number else ()), *subject.problems)
    for problem in problems:
        if problem.effect is Effect.NOTE:
            continue
        counts["errors"] += 1
        text = incident(problem)
        body = f"<error message={quoted(clean(text))} type={quoted(problem.code)}/>"
        cases.append(_case(subject.name, f"not examined: {problem.code}", body))
    if not cases:
        cases.append(_case(subject.name, "nothing found", ""))
    told = " ".join(f'{name}="{count}"' for name, count in counts.items())
    head = f'<testsuite name={quoted(clean(subject.name))} tests="{len(cases)}" {told}'
    if report.created:
        # The schema wants a time without its zone; it is UTC.
        head += f" timestamp={quoted(report.created.removesuffix('Z'))}"
    return [f"  {head}>", *cases, "  </testsuite>"]


def _case(group: str, name: str, body: str) -> str:
    head = f"    <testcase classname={quoted(clean(group))} name={quoted(clean(name))}"
    return f"{head}>{body}</testcase>" if body else f"{head}/>"


def _outcome(
    finding: Finding, package: Package | None, failing: set[str] | None
) -> tuple[str, str]:
    """Return the content of a case and the counter it belongs to, if any."""
    if finding.status in {Status.WAIVED, Status.SUPPRESSED}:
        reason = clean(finding.reason or finding.status.value)
        return f"<skipped message={quoted(reason)}/>", "skipped"
    head = f"{finding.severity.label}: {clean(finding.message or finding.id)}"
    lines = [head, solution(finding), *(f"at {place.path}" for place in finding.locations[:10])]
    if package:
        lines.insert(1, str(package.purl))
    text = escaped("\n".join(clean(line) for line in lines if line))
    if failing is not None and finding.fingerprint not in failing:
        return f"<system-out>{text}</system-out>", ""
    kind = quoted(finding.severity.label)
    return f"<failure message={quoted(head)} type={kind}>{text}</failure>", "failures"


renderer = Renderer(
    render=render,
    media_type="application/xml",
    suffix=".xml",
    summary="JUnit XML: findings as test results, for build servers",
)
