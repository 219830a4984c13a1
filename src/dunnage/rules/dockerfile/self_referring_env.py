"""ENV that uses a variable it sets in the same instruction.

## What it does
Reports a value that refers to a variable which only the same `ENV` sets, so
that nothing is known of it yet.

## Why it matters
All values of one `ENV` are worked out with what holds before it: the reference is empty, and
`PATH=$APP/bin:$PATH` becomes `/bin:...`.

## Instead
```dockerfile
FROM alpine:3.22
ENV APP=/opt/app
ENV PATH=$APP/bin:$PATH
```

## When it is wrong
The base image may set the variable; then the old value is what the author wants, or not.

## Sources
Dockerfile reference, "Environment replacement": a variable keeps its value throughout the entire
instruction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.dockerfile_expand import expand
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every pair that needs another one of its instruction."""
    if stage is None or b"$" not in instruction.args.data or held(instruction, stage):
        return
    pairs = instruction.pairs
    names = {pair.name: index for index, pair in enumerate(pairs)}
    if len(names) < 2:
        return
    before = stage.scope(instruction)
    first = True
    for index, pair in enumerate(pairs):
        if "$" not in (pair.value or ""):
            continue
        used = expand(pair.value or "", before, escape=facts.file.escape).undefined
        missing = [name for name in used if name in names and name != pair.name]
        if not missing:
            continue
        changes: tuple[Change, ...] = ()
        if first and all(names[name] < index for name in missing):
            changes = _split(instruction, index, facts)
        first = False
        name = short(missing[0])
        yield Hit(
            pair.span,
            f"{short(pair.name)} uses {name}, which the same ENV sets and so is not set yet; "
            f"set {name} in an ENV before",
            changes,
        )


def _split(instruction: Instruction, index: int, facts: Facts) -> tuple[Change, ...]:
    """Return the change that begins a new instruction at a pair."""
    before, here = instruction.pairs[index - 1].span.end, instruction.pairs[index].span.start
    between = facts.file.data[before:here]
    if b"#" in between:
        return ()
    newline = facts.file.newline.decode()
    return (replace(Span(before, here), f"{newline}{instruction.written} "),)


rule = DockerfileRule(
    Rule(
        summary="ENV uses a variable that it sets itself",
        severity=Severity.HIGH,
        peers=("hadolint DL3044",),
        fix=Safety.UNSAFE,
    ),
    instruction=check,
    keywords=("ENV",),
)
