"""A stage name with capitals.

## What it does
Reports stage names that are not in lower case.

## Why it matters
Builders compare stage names in lower case; capitals suggest a difference that is none.

## Instead
```dockerfile
FROM golang:1.25 AS build
```

## Sources
BuildKit build checks, "StageNameCasing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short
from dunnage.rules.dockerfile._sources import origins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every name with capitals; its uses change with it."""
    names: set[str] = set()
    for stage in facts.stages:
        word = stage.name_word
        if word is None or word.text == stage.name:
            continue
        changes = [replace(word.span, stage.name)]
        if stage.name not in names:
            changes += _uses(stage.name, facts)
        names.add(stage.name)
        yield Hit(
            word.span, f"write the stage name in lower case: {short(stage.name)}", tuple(changes)
        )


def _uses(name: str, facts: Facts) -> list[Change]:
    found = [
        replace(stage.base.span, name)
        for stage in facts.stages
        if stage.parent is not None
        and stage.base is not None
        and stage.base.text != name
        and stage.base.text.lower() == name
    ]
    for keyword in ("COPY", "RUN"):
        for instruction, _ in facts.by_keyword.get(keyword, ()):
            found += [
                replace(origin.span, name)
                for origin in (origins(instruction, facts.file) if instruction.flags else ())
                if origin.name != name
                and origin.name.lower() == name
                and origin.span != origin.flag
            ]
    return found


rule = DockerfileRule(
    Rule(
        summary="a stage name has capitals",
        severity=Severity.NEGLIGIBLE,
        peers=("buildkit StageNameCasing",),
        fix=Safety.SAFE,
    ),
    file=check,
)
