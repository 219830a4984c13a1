r"""An empty line inside of a continued instruction.

## What it does
Reports blank lines between the lines of one instruction.

## Why it matters
Builders pass over them with a warning and have announced that they will refuse them one day. To a
reader the instruction seems to end there.

## Instead
```dockerfile
FROM alpine:3.22
RUN echo one && \
    # a comment may stand here
    echo two
```

## Sources
BuildKit build checks, "NoEmptyContinuation".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every instruction with empty lines."""
    for instruction in facts.file.instructions:
        if not instruction.empty:
            continue
        first = instruction.empty[0]
        count = len(instruction.empty)
        told = "an empty line stands" if count == 1 else f"{count} empty lines stand"
        changes = tuple(replace(span, "") for span in _joined(instruction.empty))
        yield Hit(
            Span(first.start, first.start),
            f"{told} inside of {instruction.keyword}; drop it, or put # there",
            changes,
        )


def _joined(spans: tuple[Span, ...]) -> list[Span]:
    """Return spans with those that touch made one."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].end == span.start:
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


rule = DockerfileRule(
    Rule(
        summary="an instruction holds empty lines",
        severity=Severity.LOW,
        peers=("buildkit NoEmptyContinuation",),
        fix=Safety.SAFE,
    ),
    file=check,
)
