"""Writes GitHub Flavored Markdown, for job summaries, merge requests and wikis.

Everything that comes from a target is escaped (GFM 0.29 section 6.1), so that no name can become a
link, a mention or markup. GitHub takes a job summary of at most one mebibyte; what would not fit is
left out from the end, where the findings are least bad, and the document says so.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dunnage.model.finding import Kind, Status
from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.model.severity import Severity
from dunnage.render._base import base_line
from dunnage.render._differences import differences, finding_lines, package_lines, summary
from dunnage.render._markdown_comparison import comparison_lines
from dunnage.render._markdown_text import code, said
from dunnage.render._open import incidents
from dunnage.render._source import as_one
from dunnage.render._table_blocks import blocks, fix_of, note_of
from dunnage.render._table_summary import failing
from dunnage.render._text import plural

if TYPE_CHECKING:
    from dunnage.model.report import Report, Subject, View
    from dunnage.render._table_blocks import Block

_ROOM = 900_000
"""Bytes for the findings; the rest of the mebibyte is for all else."""
_PROBLEMS = 200
_DIFFERENT = 100
_PROBLEM_ROOM = 50_000
"""Bytes for what was not examined, and again for the notes."""


def render(report: Report, view: View) -> bytes:
    """Return the report as Markdown in UTF-8.

    Args:
        report: What to write.
        view: Not used; whoever shows the text decides its width.
    """
    del view
    return _document(as_one(report))[0]


def left_out(report: Report, view: View) -> str:
    """Return how many findings there was no room for, or an empty text."""
    del view
    missing = _document(as_one(report))[1]
    return f"{plural(missing, 'finding')} left out, because the document would be too large" * (
        missing > 0
    )


def _document(report: Report) -> tuple[bytes, int]:
    if report.comparison is not None:
        lines = [*comparison_lines(report), *_problems(report)]
        return ("\n".join(lines).rstrip() + "\n").encode("utf-8", "backslashreplace"), 0
    lines = [f"# {_title(report)}", "", *_summary(report)]
    room, missing = _ROOM, 0
    for subject in report.subjects:
        found = blocks(subject)
        lines += _heading(subject)
        for block in found:
            rows = _block(block)
            size = sum(map(_size, rows))
            if missing or size > room:
                missing += len(block.findings)
                continue
            room -= size
            lines += rows
        lines += ["", *_not_listed(subject)]
        lines += _upgrades(subject)
    if missing:
        lines += ["", f"**{plural(missing, 'finding')} left out** for want of room."]
    lines += _differences(report)
    lines += _problems(report)
    text = "\n".join(lines).rstrip() + "\n"
    return text.encode("utf-8", "backslashreplace"), missing


def _title(report: Report) -> str:
    if report.gate.asked:
        if report.gate.failed:
            return "Dunnage: the gate failed"
        seen = "" if report.complete else ", but not everything was examined"
        return f"Dunnage: the gate passed{seen}"
    return "Dunnage" if report.complete else "Dunnage: incomplete"


def _summary(report: Report) -> list[str]:
    severities = sorted(Severity, reverse=True)
    names = " | ".join(severity.label for severity in severities)
    lines = [f"| target | {names} | packages | complete |", "|---" * (len(severities) + 3) + "|"]
    for subject in report.subjects:
        counts = Counter(f.severity for f in subject.findings if f.status is Status.OPEN)
        cells = " | ".join(f"{counts[severity]:,}" for severity in severities)
        packages = f"{len(subject.inventory.packages):,}"
        problems = (*report.problems, *subject.problems)
        complete = all(problem.effect is Effect.NOTE for problem in problems)
        told = "yes" if complete else "**no**"
        lines.append(f"| {said(subject.name, 200)} | {cells} | {packages} | {told} |")
    gate = report.gate
    if gate.asked:
        lines += ["", f"Gate: {plural(gate.failed, 'finding')} {failing(gate)}."]
    return lines


def _heading(subject: Subject) -> list[str]:
    image, system = subject.image, subject.inventory.system
    facts = [said(system.name or system.id)] if system else []
    facts += [said(str(image.platform))] if image and str(image.platform) else []
    digest = (image.digest or image.config_digest) if image else ""
    facts += [code(digest)] if digest else []
    lines = ["", f"## {said(subject.name, 200)}", ""]
    lines += [", ".join(facts), ""] if facts else []
    return [*lines, f"Base: {said(base_line(subject.base), 1000)}", ""] if subject.base else lines


def _block(block: Block) -> list[str]:
    first = block.packages[0] if block.packages else None
    names = sorted({package.title for package in block.packages})
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    heading = f"{shown} {first.version} ({first.type})" if first else block.title
    lines = [f"### {said(heading)}", ""]
    if first and first.locations:
        place = first.locations[0]
        layer = f"layer {place.layer}, " if place.layer >= 0 else ""
        lines += [f"{layer}{code(place.path)}", ""]
    lines += ["| severity | finding | fixed in | summary |", "|---|---|---|---|"]
    for finding in block.findings:
        note = note_of(finding)
        summary = finding.message
        if finding.kind is not Kind.VULNERABILITY:
            summary = note
        elif note:
            summary += f" ({note})"
        cells = (finding.severity.label, finding.id, fix_of(finding), summary)
        lines.append("| " + " | ".join(said(cell, 300) for cell in cells) + " |")
    return [*lines, ""]


def _not_listed(subject: Subject) -> list[str]:
    counts = Counter(finding.status for finding in subject.findings)
    told = [
        f"{counts[status]} {status.value}"
        for status in (Status.WAIVED, Status.SUPPRESSED, Status.HIDDEN)
        if counts[status]
    ]
    if told:
        return [f"Not listed: {', '.join(told)}.", ""]
    return [] if counts[Status.OPEN] else ["Nothing found.", ""]


def _upgrades(subject: Subject) -> list[str]:
    if not subject.upgrades:
        return []
    lines = ["Upgrades that remove most:", ""]
    for upgrade in subject.upgrades:
        what = said(f"{upgrade.package} {upgrade.current} to {upgrade.version}")
        command = f": {code(upgrade.command)}" if upgrade.command else ""
        lines.append(f"- {what} removes {plural(upgrade.removes, 'finding')}{command}")
    return [*lines, ""]


def _differences(report: Report) -> list[str]:
    lines = []
    groups = differences(report)
    most = max(1, _DIFFERENT // max(1, len(groups)))
    for found in groups:
        lines += ["", f"## Platforms of {said(found.target, 200)}", "", said(summary(found), 2000)]
        for listed in (package_lines(found), finding_lines(found)):
            lines += ["", *(f"- {said(line, 500)}" for line in listed[:most])] * bool(listed)
            more = len(listed) - most
            lines += [f"- and {more:,} more"] if more > 0 else []
    return lines


def _problems(report: Report) -> list[str]:
    listed = incidents(report)
    serious = [text for problem, text in listed if problem.effect is not Effect.NOTE]
    notes = [text for problem, text in listed if problem.effect is Effect.NOTE]
    lines = []
    for heading, problems in (("Not examined", serious), ("Notes", notes)):
        if problems:
            told = _fitting([f"- {said(text)}" for text in problems[:_PROBLEMS]])
            more = len(problems) - len(told)
            lines += ["", f"## {heading}", "", *told]
            lines += [f"- and {more:,} more"] if more > 0 else []
    return lines


def _fitting(lines: list[str]) -> list[str]:
    """Return the first lines that there is room for."""
    room, kept = _PROBLEM_ROOM, []
    for line in lines:
        room -= _size(line)
        if room < 0:
            break
        kept.append(line)
    return kept


def _size(line: str) -> int:
    return len(line.encode("utf-8", "backslashreplace")) + 1


renderer = Renderer(
    render=render,
    media_type="text/markdown; charset=utf-8",
    suffix=".md",
    summary="Markdown, for job summaries and merge requests",
    left_out=left_out,
)
