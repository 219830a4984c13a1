"""What a rule about workflows declares, and how its hits become findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dunnage.model.finding import Edit, Finding, Fix, Kind, Safety
from dunnage.model.location import Location
from dunnage.parsers.workflow import uses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dunnage.model.rule import Rule
    from dunnage.parsers.workflow import Uses
    from dunnage.rules.dockerfile._rule import Hit

PREFIX = "workflow/"
_COLUMNS = 300


@dataclass(frozen=True, slots=True)
class WorkflowRule:
    """A rule about workflows: what it says of itself, and how it looks.

    Attributes:
        rule: What it says of itself.
        check: Called for every action that is used; gives hits and never raises.
    """

    rule: Rule
    check: Callable[[Uses], Iterable[Hit]]


def check(data: bytes, name: str, rules: Mapping[str, WorkflowRule]) -> tuple[Finding, ...]:
    """Return what rules find in a workflow, in the order of the file.

    Args:
        data: The file.
        name: As the user named it.
        rules: By name.

    Raises:
        LimitError: If the file is larger than a mebibyte.
    """
    found = []
    for one in uses(data, where=name):
        for rule_name, rule in sorted(rules.items()):
            found += [_finding(rule_name, rule, hit, one, data, name) for hit in rule.check(one)]
    return tuple(found)


def _finding(
    rule_name: str, rule: WorkflowRule, hit: Hit, one: Uses, data: bytes, name: str
) -> Finding:
    start, end = hit.span
    column = one.column + len(data[one.span.start : start].decode("utf-8", "replace"))
    width = len(data[start:end].decode("utf-8", "replace"))
    place = Location(name, -1, "", one.line, column, one.line, column + width)
    edits = tuple(
        Edit(change.span.start, change.span.end, change.text, one.line, 0, one.line, 0)
        for change in hit.changes
    )
    line = data[data.rfind(b"\n", 0, start) + 1 : one.end].decode("utf-8", "replace")
    about = rule.rule
    return Finding(
        id=PREFIX + rule_name,
        kind=Kind.MISCONFIGURATION,
        message=hit.message,
        severity=hit.severity or about.severity,
        severity_source="rule",
        confidence=about.confidence,
        persona=about.persona,
        locations=(place,),
        fix=Fix(
            state="fixed" if edits else "not-fixed",
            safety=about.fix if edits else Safety.NONE,
            edits=edits,
            needs=hit.needs,
        ),
        excerpt=(line[:_COLUMNS],),
        peers=about.peers,
    )
