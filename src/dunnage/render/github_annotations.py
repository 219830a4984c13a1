"""Writes workflow commands, which GitHub shows as annotations of a run and of changed files.

The commands are those of
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; a percent
sign and line breaks in a message, and besides them colons and commas in a property, are
percent-encoded. GitHub shows ten errors, ten warnings and ten notices of one step and drops the
rest without a word, so there is one annotation for each package, the worst come first, and the last
notice tells what is missing. Without a Dockerfile an annotation names no file, because paths inside
an image are none of the repository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.finding import Kind
from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.model.severity import Severity
from dunnage.render._dockerfile import line_of
from dunnage.render._open import incidents, open_findings
from dunnage.render._source import is_source, place_of
from dunnage.render._table_blocks import Block, blocks, fix_of
from dunnage.render._text import clean, plural

if TYPE_CHECKING:
    from dunnage.model.finding import Finding
    from dunnage.model.report import Report, Subject, View

_MOST = 10
_NAMED = 5
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.UNKNOWN: "warning",
    Severity.LOW: "notice",
    Severity.NEGLIGIBLE: "notice",
}
_ORDER = ("error", "warning", "notice")


class _Note(NamedTuple):
    level: str
    title: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0


def render(report: Report, view: View) -> bytes:
    """Return one workflow command on each line, as UTF-8.

    Args:
        report: What to write.
        view: Not used; the runner reads it.
    """
    del view
    shown, missing = _shown(report)
    last = _Note("notice", "Dunnage", _verdict(report, missing))
    lines = [_command(note) for note in (*shown, last)]
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def left_out(report: Report, view: View) -> str:
    """Return how many annotations GitHub would not show, or an empty text."""
    del view
    missing = _shown(report)[1]
    return f"{plural(missing, 'annotation')} left out, because GitHub shows ten of a kind" * (
        missing > 0
    )


def _shown(report: Report) -> tuple[list[_Note], int]:
    """Return the annotations GitHub has room for, and how many it has not."""
    notes = [
        _Note("error" if problem.effect is Effect.NO_DATA else "warning", "Not examined", text)
        for problem, text in incidents(report)
        if problem.effect is not Effect.NOTE
    ]
    source = is_source(report)
    for subject in report.subjects:
        if source:
            notes += [_of_line(finding) for finding, _ in open_findings(subject)]
        else:
            for block in blocks(subject):
                notes += [_of_block(subject, part) for part in _by_line(subject, block)]
    # What several platforms share is worded alike, and there is no room to show it twice.
    notes = list(dict.fromkeys(notes))
    shown = []
    for level in _ORDER:
        # The last notice is the verdict.
        most = _MOST - 1 if level == "notice" else _MOST
        shown += [note for note in notes if note.level == level][:most]
    return shown, len(notes) - len(shown)


def _of_line(finding: Finding) -> _Note:
    path, line, column, name = place_of(finding)
    text = clean(f"{finding.severity.level}: {finding.message}")
    return _Note(_LEVELS[finding.severity], name, text, path, line, column)


def _by_line(subject: Subject, block: Block) -> list[Block]:
    """Return a block in parts, each of what stands on one line, in the order of its findings."""
    found: dict[int, list[Finding]] = {}
    for finding in block.findings:
        found.setdefault(line_of(finding, subject), []).append(finding)
    return [Block(block.packages, findings, block.title) for findings in found.values()]


def _of_block(subject: Subject, block: Block) -> _Note:
    worst = max(block.findings, key=lambda finding: finding.severity)
    first = block.packages[0] if block.packages else None
    about = f"{first.title} {first.version}" if first else block.title
    told = [
        clean(f"{finding.severity.label} {finding.id}: {finding.message}")
        + (f" (fixed in {fix_of(finding)})" if finding.fix.version else "")
        for finding in block.findings[:_NAMED]
    ]
    more = len(block.findings) - _NAMED
    if more > 0:
        told.append(f"and {more:,} more")
    count = plural(len(block.findings), "vulnerability", "vulnerabilities")
    if worst.kind is not Kind.VULNERABILITY:
        count = plural(len(block.findings), "finding")
    heading = f"{about}: {count}, the worst {worst.severity.label}"
    line = line_of(worst, subject)
    file = subject.dockerfile if line else ""
    return _Note(_LEVELS[worst.severity], heading, "\n".join(told), file, line)


def _verdict(report: Report, missing: int) -> str:
    found = sum(len(open_findings(subject)) for subject in report.subjects)
    text = f"{plural(found, 'finding')} in {plural(len(report.subjects), 'target')}"
    if report.gate.asked:
        text += "; the gate failed" if report.gate.failed else "; the gate passed"
    if not report.complete:
        text += "; not everything was examined"
    if missing:
        text += f"; {plural(missing, 'annotation')} left out, the full report has all"
    return text


def _command(note: _Note) -> str:
    pairs = [("file", note.file), ("line", str(note.line or ""))]
    pairs += [("col", str(note.column or "")), ("title", note.title)]
    listed = ",".join(f"{key}={_property(value)}" for key, value in pairs if value)
    return f"::{note.level} {listed}::{_data(note.message)}"


def _data(text: str) -> str:
    """Return a message; each of its lines is made harmless, then the breaks are encoded."""
    lines = [clean(line).replace("%", "%25") for line in text.split("\n")]
    return "%0A".join(lines)


def _property(text: str) -> str:
    return clean(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


renderer = Renderer(
    render=render,
    media_type="text/plain; charset=utf-8",
    suffix=".txt",
    summary="annotations of a GitHub workflow run",
    left_out=left_out,
)
