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

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._paths import copied_paths, covers, joined, working_directory
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_FLAG = {"chown": "--chown", "chgrp": "--chown", "chmod": "--chmod"}


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every recursive change of what was copied before."""
    stage = run.stage
    if stage is None or run.trigger or not command.has("-R", "--recursive"):
        return
    if not any(stage is one for one in facts.shipped):
        return
    words = command.operands()
    paths = words if command.value_of("--reference") else words[1:]
    moved = any(one.name == "cd" for one in run.before(command))
    folder = None if moved else working_directory(stage, run.instruction)
    for word in paths:
        path = joined(word.text, folder) if word.text else None
        line = _copied(path, run, facts) if path else 0
        if line:
            yield Hit(
                command.span,
                f"{command.name} -R stores what line {line} copied a second time; "
                f"use {_FLAG[command.name]} there",
            )
            return


def _copied(path: str, run: Run, facts: Facts) -> int:
    """Return the line of the last copy before a RUN that put something into a path, or 0."""
    found = 0
    for stage in reversed(facts.shipped):
        for one in stage.instructions:
            if one.span.start >= run.instruction.span.start:
                break
            if one.keyword in {"COPY", "ADD"} and any(
                covers(path, made) for made in copied_paths(one, stage)
            ):
                found = one.line
    return found


rule = DockerfileRule(
    Rule(
        summary="a recursive change of owner or mode stores copied files twice",
        severity=Severity.LOW,
    ),
    command=check,
    commands=tuple(_FLAG),
)
