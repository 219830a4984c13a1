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
    found = [
        (stage, stage.name_word)
        for stage in facts.stages
        if stage.name_word is not None and stage.name_word.text != stage.name
    ]
    if not found:
        return
    uses = _uses(facts)
    for stage, word in found:
        changes = (replace(word.span, stage.name), *uses.pop(stage.name, ()))
        yield Hit(word.span, f"write the stage name in lower case: {short(stage.name)}", changes)


def _uses(facts: Facts) -> dict[str, list[Change]]:
    """Return, by stage name, the changes of what uses it with capitals."""
    places = [
        (stage.base.text, stage.base.span)
        for stage in facts.stages
        if stage.parent is not None and stage.base is not None
    ]
    for keyword in ("COPY", "RUN"):
        for instruction, _ in facts.by_keyword.get(keyword, ()):
            if instruction.flags:
                places += [
                    (origin.name, origin.span)
                    for origin in origins(instruction, facts.file)
                    if origin.span != origin.flag
                ]
    found: dict[str, list[Change]] = {}
    for name, span in places:
        if name != name.lower():
            found.setdefault(name.lower(), []).append(replace(span, name.lower()))
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
