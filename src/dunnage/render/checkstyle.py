"""Writes Checkstyle XML, which editors and build servers of all kinds read.

There is no standard; this is what Checkstyle itself writes (https://checkstyle.org, format of
``XMLLogger``): files with errors, each with line, column, severity (``error``, ``warning``, ``info``),
message and source. Open findings are errors of the file they lie in, sorted by line. What could not be
examined is an error, too, so that an empty report means what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.model.severity import Severity
from dunnage.render._dockerfile import line_of
from dunnage.render._open import incident, open_findings, solution, title
from dunnage.render._sarif_text import clean
from dunnage.render._source import place_of
from dunnage.render._xml import quoted

if TYPE_CHECKING:
    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.problem import Problem
    from dunnage.model.report import Report, Subject, View

_SEVERITIES = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.UNKNOWN: "warning",
    Severity.LOW: "info",
    Severity.NEGLIGIBLE: "info",
}


def render(report: Report, view: View) -> bytes:
    """Return the report as UTF-8 XML.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    files: dict[str, list[str]] = {}
    for subject in report.subjects:
        found = open_findings(subject)
        for finding, package in sorted(found, key=lambda pair: place_of(pair[0])):
            path = _path(finding, subject)
            files.setdefault(path, []).append(_error(finding, package, subject))
        for problem in subject.problems:
            if problem.effect is not Effect.NOTE:
                files.setdefault(clean(subject.name), []).append(_unseen(problem))
    for problem in report.problems:
        if problem.effect is not Effect.NOTE:
            files.setdefault("dunnage", []).append(_unseen(problem))
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<checkstyle version="4.3">']
    for path, errors in files.items():
        lines += [f"  <file name={quoted(path)}>", *errors, "  </file>"]
    lines.append("</checkstyle>")
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _path(finding: Finding, subject: Subject) -> str:
    if line_of(finding, subject):
        return clean(subject.dockerfile)
    return clean(finding.locations[0].path if finding.locations else subject.name)


def _error(finding: Finding, package: Package | None, subject: Subject) -> str:
    place = finding.locations[0] if finding.locations else None
    line = line_of(finding, subject) or (place.line if place else 0) or 1
    column = f' column="{place.column}"' if place and place.column else ""
    message = finding.message or finding.id
    if package:
        message = f"{title(finding, package)}: {message}"
    if fix := solution(finding):
        message = f"{message} ({fix})"
    return (
        f'    <error line="{line}"{column} severity="{_SEVERITIES[finding.severity]}" '
        f"message={quoted(clean(message, 2000))} "
        f"source={quoted(clean(finding.id or finding.kind.value, 200))}/>"
    )


def _unseen(problem: Problem) -> str:
    message = clean(f"not examined: {incident(problem)}", 2000)
    return (
        f'    <error line="1" severity="error" message={quoted(message)} '
        f"source={quoted(problem.code)}/>"
    )


renderer = Renderer(
    render=render,
    media_type="application/xml",
    suffix=".xml",
    summary="Checkstyle XML: findings by file and line, for editors and build servers",
)
