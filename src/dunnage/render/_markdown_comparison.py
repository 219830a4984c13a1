"""Targets side by side as GitHub Flavored Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.render._comparison import changed, reasons, rows, said_same
from dunnage.render._markdown_text import said

if TYPE_CHECKING:
    from dunnage.model.report import Report

_CHANGES = 200
"""Changes of one kind that are listed."""


def comparison_lines(report: Report) -> list[str]:
    """Return the lines of a document: a table, the reasons if asked for, and the changes."""
    names = [said(subject.name, 200) for subject in report.subjects]
    lines = ["# Comparison", "", f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for row in rows(report):
        cells = " | ".join(said(cell, 300) for cell in row.cells)
        lines.append(f"| {row.label} | {cells} |")
    if report.comparison is not None and report.comparison.explained:
        for name, subject in zip(names, report.subjects, strict=True):
            lines += ["", f"## Why: {name}", ""]
            lines += [f"- {said(reason)}" for reason in reasons(subject)]
    same = said_same(report)
    if same:
        lines += ["", f"## From {names[0]} to {names[1]}", "", same]
    if report.comparison is not None:
        for title, listed in changed(report.comparison):
            lines += ["", f"### {title}", ""]
            lines += [f"- {said(line, 500)}" for line in listed[:_CHANGES]]
            more = len(listed) - _CHANGES
            lines += [f"- and {more:,} more"] if more > 0 else []
    return lines
