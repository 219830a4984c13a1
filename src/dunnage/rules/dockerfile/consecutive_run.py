"""``RUN`` directly behind ``RUN``.

## What it does
Looks for a `RUN` of one command that directly follows another one with the same flags, in stages that
make up the image.

## Why it matters
Each is a layer of its own: what the first leaves behind the second can only hide. In one step it can
be removed for good.

## Instead
```dockerfile
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
```

## When it is wrong
Two steps are cached on their own, which makes builds faster while one works on the file. That is why
it is a question of style, for those who ask for more (`pedantic`). hadolint also reports stages that
are not shipped, where layers cost nothing.

## Sources
https://docs.docker.com/build/building/best-practices/, "RUN".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._facts import POSIX
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.rules.dockerfile._facts import Facts

_MOST = 1
"""Commands of a step; longer ones are told apart for a reason."""


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit at every RUN that could be part of the one before."""
    small: dict[int, bool] | None = None
    for stage in facts.shipped:
        before: Instruction | None = None
        for instruction in stage.instructions:
            if instruction.keyword != "RUN":
                before = None
                continue
            if before is not None and _flags(before) == _flags(instruction):
                small = small or {
                    id(run.instruction): run.shell == POSIX
                    and run.script.known
                    and len(run.commands) <= _MOST
                    for run in facts.runs
                }
                if small.get(id(before)) and small.get(id(instruction)):
                    yield Hit(
                        instruction.keyword_span,
                        f"this RUN could be part of the one in line {before.line}",
                    )
            before = instruction


def _flags(instruction: Instruction) -> list[tuple[str, str | None]]:
    return sorted((flag.name, flag.value) for flag in instruction.flags)


rule = DockerfileRule(
    Rule(
        summary="RUN directly behind RUN",
        severity=Severity.NEGLIGIBLE,
        persona=Persona.PEDANTIC,
        peers=("hadolint DL3059",),
    ),
    file=check,
)
