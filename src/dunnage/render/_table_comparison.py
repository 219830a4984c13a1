"""Targets side by side, for people on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.render._comparison import changed, reasons, rows, said_same
from dunnage.render._table_page import widest

if TYPE_CHECKING:
    from dunnage.model.report import Report
    from dunnage.render._table_page import Page

_COLUMN = 18
"""Columns of text a target needs at least."""
_CHANGES = 20
"""Changes of one kind that are listed."""


def write_comparison(page: Page, report: Report) -> None:
    """Write a table with one column for each target, in several parts if they are many."""
    comparison = report.comparison
    if comparison is None:
        return
    measured = rows(report)
    first = widest((row.label for row in measured), 8, 22)
    names = [subject.name for subject in report.subjects]
    fit = max(1, (page.width - first) // (_COLUMN + 2))
    for start in range(0, len(names), fit):
        part = names[start : start + fit]
        width = (page.width - first) // len(part) - 2
        widths = [first, *([width] * len(part))]
        page.gap()
        page.row(["", *part], widths, indent=0)
        page.rule()
        for row in measured:
            page.row([row.label, *row.cells[start : start + fit]], widths, indent=0, style="dim")
    if comparison.explained:
        page.gap()
        page.text("Why", style="bold")
        for subject in report.subjects:
            page.text(subject.name, indent=2)
            for reason in reasons(subject):
                page.text(f"- {reason}", indent=4, hang=2)
    same = said_same(report)
    if same:
        page.gap()
        page.text(f"From {names[0]} to {names[1]}", style="bold")
    for title, lines in changed(comparison):
        page.text(title, indent=2, style="dim")
        for line in lines[:_CHANGES]:
            page.text(line, indent=4, hang=2)
        if len(lines) > _CHANGES:
            page.text(f"and {len(lines) - _CHANGES:,} more (`-o json`)", indent=4)
    if same:
        page.text(same, indent=2)
