"""A stage that nothing uses.

## What it does
Looks for stages that are not final and that no `FROM`, `COPY --from` or `RUN --mount=from=` names.
Where such a name depends on a variable nothing is reported.

## Why it matters
BuildKit leaves such a stage out, other builders build it for nothing. It is left over, or it was
meant to be used and a name is wrong.

## Instead
Remove it, or name it in `COPY --from`.

## When it is wrong
Stages to test or to develop in are built by their name (`--target test`). That is why it is shown
only to those who ask for more (`pedantic`).

## Sources
https://docs.docker.com/build/building/multi-stage/, "Differences between legacy builder and BuildKit".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._stages import stage_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every stage that nothing uses."""
    final = facts.final
    if final is None or len(facts.stages) < 2 or facts.target:
        return
    asked: dict[int, set[int]] = {}
    for stage in facts.stages:
        asked[stage.index] = wanted = {stage.parent.index} if stage.parent else set()
        names = [name for one in stage.instructions for name in _named(one)]
        if "$" in (stage.base.text if stage.base else "") or any("$" in name for name in names):
            # What is meant depends on the build, so it may be any earlier stage.
            return
        found = (stage_called(name, stage, facts) for name in names)
        wanted |= {one.index for one in found if one is not None}
    used = {final.index}.union(*asked.values())
    for stage in facts.stages:
        if stage.index not in used and stage.base is not None:
            called = f"the stage {stage.name[:40]}" if stage.name else f"stage {stage.index}"
            message = f"{called} is used by nothing; remove it, or build it with --target"
            yield Hit((stage.name_word or stage.base).span, message)


def _named(instruction: Instruction) -> Iterator[str]:
    for flag in instruction.flags:
        if flag.name == "from":
            yield flag.value or ""
        elif flag.name == "mount" and (name := flag.options().get("from")):
            yield name
    if instruction.inner is not None:
        yield from _named(instruction.inner)


rule = DockerfileRule(
    Rule(
        summary="a stage is used by nothing",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        persona=Persona.PEDANTIC,
    ),
    file=check,
)
