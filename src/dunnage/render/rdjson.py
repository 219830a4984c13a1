"""Writes the Reviewdog Diagnostic Format, with suggestions a reviewer can accept.

The format is ``DiagnosticResult`` of https://github.com/reviewdog/reviewdog (``proto/rdf``) as JSON.
Lines and columns count from 1, columns in bytes of UTF-8, and the end lies behind the last one. Open
findings are diagnostics; the changes that mend one are its suggestions, if all of them lie in lines
whose text the report holds. What could not be examined is a diagnostic of the file, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.model.finding import Safety
from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.model.severity import Severity
from dunnage.render._dockerfile import line_of
from dunnage.render._encode import encode
from dunnage.render._open import incident, open_findings, solution, title
from dunnage.render._sarif_text import clean
from dunnage.render._source import HOME, link, place_of

if TYPE_CHECKING:
    from dunnage.model.finding import Edit, Finding
    from dunnage.model.package import Package
    from dunnage.model.problem import Problem
    from dunnage.model.report import Report, Subject, View

Json = dict[str, Any]
_SEVERITIES = {
    Severity.CRITICAL: "ERROR",
    Severity.HIGH: "ERROR",
    Severity.MEDIUM: "WARNING",
    Severity.UNKNOWN: "WARNING",
    Severity.LOW: "INFO",
    Severity.NEGLIGIBLE: "INFO",
}


def render(report: Report, view: View) -> bytes:
    """Return the report as one JSON document.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    found: list[Json] = []
    for subject in report.subjects:
        pairs = sorted(open_findings(subject), key=lambda pair: place_of(pair[0]))
        found += [_diagnostic(finding, package, subject) for finding, package in pairs]
        found += [_unseen(p, subject.name) for p in subject.problems if p.effect is not Effect.NOTE]
    found += [_unseen(p, "dunnage") for p in report.problems if p.effect is not Effect.NOTE]
    return encode({"source": {"name": "dunnage", "url": HOME}, "diagnostics": found})


def _diagnostic(finding: Finding, package: Package | None, subject: Subject) -> Json:
    place = finding.locations[0] if finding.locations else None
    message = finding.message or finding.id
    if package:
        message = f"{title(finding, package)}: {message}"
    if fix := solution(finding):
        message = f"{message} ({fix})"
    line = line_of(finding, subject)
    path = subject.dockerfile if line else place.path if place else subject.name
    location: Json = {"path": clean(path)}
    if line:
        location["range"] = {"start": {"line": line}}
    elif place and place.line:
        location["range"] = _range(
            finding, (place.line, place.column), (place.end_line, place.end_column)
        )
    code: Json = {"value": clean(finding.id or finding.kind.value, 200)}
    if address := link(finding.id):
        code["url"] = address
    told: Json = {
        "message": clean(message, 2000),
        "location": location,
        "severity": _SEVERITIES[finding.severity],
        "code": code,
    }
    if suggestions := _suggestions(finding):
        told["suggestions"] = suggestions
    return told


def _range(finding: Finding, start: tuple[int, int], end: tuple[int, int]) -> Json:
    """Return the range of a finding; columns only where their bytes are known."""
    first = _byte_column(finding, *start) if start[1] else 0
    if not first:
        return {"start": {"line": start[0]}}
    found: Json = {"start": {"line": start[0], "column": first}}
    last = _byte_column(finding, *end) if end[0] and end[1] else 0
    if last:
        found["end"] = {"line": end[0], "column": last}
    return found


def _byte_column(finding: Finding, line: int, column: int) -> int:
    """Return a column in bytes of UTF-8, or 0 where the text of the line is not known."""
    index = line - finding.locations[0].line
    if not 0 <= index < len(finding.excerpt):
        return 0
    before = finding.excerpt[index][: column - 1]
    # What was no UTF-8 had another number of bytes, and what is cut off is not known.
    if "\ufffd" in before or len(before) < column - 1:
        return 0
    return len(before.encode("utf-8", "surrogatepass")) + 1


def _suggestions(finding: Finding) -> list[Json]:
    if finding.fix.safety is Safety.SUGGESTED or not finding.locations:
        return []
    found = []
    for edit in finding.fix.edits:
        start = _position(finding, edit.line, edit.column)
        end = _position(finding, edit.end_line, edit.end_column)
        if not start or not end:
            return []
        found.append({"range": {"start": start, "end": end}, "text": _plain(edit)})
    return found


def _position(finding: Finding, line: int, column: int) -> Json:
    # The first column of a line is known whatever the line holds.
    known = column if column == 1 and line else _byte_column(finding, line, column)
    return {"line": line, "column": known} if known else {}


def _plain(edit: Edit) -> str:
    return edit.text.encode("utf-8", "replace").decode()


def _unseen(problem: Problem, name: str) -> Json:
    return {
        "message": clean(f"not examined: {incident(problem)}", 2000),
        "location": {"path": clean(name)},
        "severity": "ERROR",
        "code": {"value": problem.code},
    }


renderer = Renderer(
    render=render,
    media_type="application/json",
    suffix=".json",
    summary="Reviewdog Diagnostic Format: findings with suggestions, for code review",
)
