"""Backticks around a command.

## What it does
Reports the old form of command substitution.

## Why it matters
It nests badly, and backslashes in it mean something else. It is a matter of style.

## Instead
```dockerfile
FROM debian:13
RUN echo "$(uname -m)"
```

## Sources
POSIX Shell Command Language, "Command Substitution".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.shell import constructs
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Construct
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._rule import Change

_KINDS = frozenset({"command_substitution"})


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every pair of backticks."""
    if run.instruction.json is not None:
        return
    text = facts.body(run.instruction)
    if text is None or b"`" not in text.data:
        return
    for one in constructs(text, _KINDS):
        if one.text.startswith("`"):
            inner = one.text[1:-1]
            yield Hit(
                one.span, f"write $({short(inner)}) instead of backticks", _changes(one, facts)
            )


def _changes(one: Construct, facts: Facts) -> tuple[Change, ...]:
    start, end = one.span
    data = facts.file.data
    if "\\" in one.text or data[start : start + 1] != b"`" or data[end - 1 : end] != b"`":
        return ()
    if one.text[1:2] == "(":
        return ()  # It would become an arithmetic expansion.
    return (replace(Span(start, start + 1), "$("), replace(Span(end - 1, end), ")"))


rule = DockerfileRule(
    Rule(
        summary="a command stands in backticks",
        severity=Severity.NEGLIGIBLE,
        peers=("shellcheck SC2006",),
        fix=Safety.SAFE,
    ),
    run=check,
)
