"""``chown -R`` or ``chmod -R`` that stores copied files a second time.

## What it does
Looks in stages that make up the image for `chown -R`, `chgrp -R` and `chmod -R` on what an earlier
`COPY` or `ADD` put there.

## Why it matters
A file whose owner or mode changes is stored in full in the new layer: the image carries it twice.

## Instead
```dockerfile
COPY --chown=10001:0 --chmod=750 app /app
```

## When it is wrong
Where the files are few and small it does not matter. Directories that the same `RUN` fills are not
reported, and neither are those of the base.

## Sources
https://docs.docker.com/reference/dockerfile/, "COPY --chown --chmod".
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._paths import copied_paths
from dunnage.rules.dockerfile._places import covers, joined
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts, Run

_MOST_COPIES = 300
_FLAG = {"chown": "--chown", "chgrp": "--chown", "chmod": "--chmod"}


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every recursive change of what was copied before."""
    runs = {id(run.instruction): run for run in facts.runs_of(*facts.shipped)}
    made: deque[tuple[str, int]] = deque(maxlen=_MOST_COPIES)
    for stage in reversed(facts.shipped):
        for instruction in stage.instructions:
            if instruction.keyword in {"COPY", "ADD"}:
                for path in copied_paths(instruction, stage, facts):
                    made.append((path, instruction.line))
            elif made and (run := runs.get(id(instruction))):
                yield from _changes(run, facts.folder(instruction), made)


def _changes(run: Run, folder: str | None, made: deque[tuple[str, int]]) -> Iterator[Hit]:
    for command in run.commands:
        if command.name == "cd":
            folder = None
        if command.name not in _FLAG or not command.has("-R", "--recursive"):
            continue
        words = command.operands()
        for word in words if command.value_of("--reference") else words[1:]:
            path = joined(word.text, folder) if word.text else None
            line = next((at for one, at in reversed(made) if path and covers(path, one)), 0)
            if line:
                yield Hit(
                    command.span,
                    f"{command.name} -R stores what line {line} copied a second time; "
                    f"use {_FLAG[command.name]} there",
                )
                break


rule = DockerfileRule(
    Rule(
        summary="a recursive change of owner or mode stores copied files twice",
        severity=Severity.LOW,
    ),
    file=check,
    needs=tuple(_FLAG),
)
