"""What a rule about workflows declares, and how its hits become findings."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from dunnage.model.finding import Edit, Finding, Fix, Kind, Safety
from dunnage.model.location import Location
from dunnage.model.problem import Problem
from dunnage.model.rule import RuleText
from dunnage.parsers.workflow import MOST, uses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dunnage.model.rule import Rule
    from dunnage.parsers.workflow import Uses
    from dunnage.rules.dockerfile._rule import Hit

PREFIX = "workflow/"
_COLUMNS = 300


class WorkflowRule(Struct, frozen=True):
    """A rule about workflows: what it says of itself, and how it looks.

    Attributes:
        rule: What it says of itself.
        check: Called for every action that is used; gives hits and never raises.
    """

    rule: Rule
    check: Callable[[Uses], Iterable[Hit]]


class Outcome(NamedTuple):
    """What came of looking at one workflow.

    Attributes:
        findings: In the order of the file, then by rule.
        problems: What was not examined.
    """

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()


def check(data: bytes, name: str, rules: Mapping[str, WorkflowRule]) -> Outcome:
    """Look at one workflow with rules.

    Args:
        data: The file.
        name: As the user named it.
        rules: By name.

    Raises:
        LimitError: If the file is larger than a mebibyte.
    """
    found = []
    used = uses(data, where=name)
    for one in used:
        for rule_name, rule in sorted(rules.items()):
            found += [_finding(rule_name, rule, hit, one, data, name) for hit in rule.check(one)]
    if len(used) < MOST:
        return Outcome(tuple(found))
    told = f"only the first {MOST:,} actions it uses were looked at"
    problem = Problem("too-many-actions", told, f"{name}:{used[-1].line}", "split the workflow")
    return Outcome(tuple(found), (problem,))


def text_of(name: str, rule: WorkflowRule) -> RuleText:
    """Return what reports say about a rule.

    Args:
        name: Its public name, without ``workflow/``.
        rule: The rule.
    """
    module = import_module(f"{__package__}.{name.replace('-', '_')}")
    return RuleText(PREFIX + name, rule.rule.summary, (module.__doc__ or "").strip())


def _finding(
    rule_name: str, rule: WorkflowRule, hit: Hit, one: Uses, data: bytes, name: str
) -> Finding:
    start, end = hit.span
    first = data.rfind(b"\n", 0, start) + 1

    def column(offset: int) -> int:
        return len(data[first:offset].decode("utf-8", "replace")) + 1

    place = Location(name, -1, "", one.line, column(start), one.line, column(end))
    edits = tuple(
        Edit(at, to, change.text, one.line, column(at), one.line, column(to))
        for change in hit.changes
        for at, to in (change.span,)
    )
    line = data[first : one.end].decode("utf-8", "replace")
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
