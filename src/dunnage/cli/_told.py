"""Tells on stderr what a report that went elsewhere would otherwise hide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.problem import Effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.cli._console import Console
    from dunnage.cli._output import Destination
    from dunnage.model.report import Report

_SHOWN = 3


def tell(report: Report, console: Console, places: Sequence[Destination]) -> None:
    """Tell about incompleteness unless a table on stdout already does.

    Args:
        report: What was found out.
        console: Where to tell it.
        places: Where the report went.
    """
    if any(place.format == "table" and not place.path for place in places):
        return
    noted = ((subject.target or subject.name, subject.note) for subject in report.subjects)
    for name, note in dict.fromkeys(noted):
        if note:
            console.note(f"{name}: {note}")
    problems = [p for p in report.all_problems if p.effect is not Effect.NOTE]
    for problem in problems[:_SHOWN]:
        where = f"{problem.where}: " if problem.where else ""
        console.note(f"not examined: {where}{problem.message}")
        if problem.advice:
            console.note(f"  {problem.advice}")
    if len(problems) > _SHOWN:
        console.note(f"and {len(problems) - _SHOWN} more; -o table lists all")
