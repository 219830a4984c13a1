"""ENV or LABEL without an equals sign.

## What it does
Reports the old form `ENV NAME all the rest`.

## Why it matters
It sets one variable whatever follows: `ENV A=1` and `ENV B C=2` look alike, and the second sets `B`
to `C=2`. Builders warn of it.

## Instead
```dockerfile
FROM alpine:3.22
ENV NAME="all the rest"
```

## Sources
Dockerfile reference, "ENV"; BuildKit build checks, "LegacyKeyValueFormat".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import insert, replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import named, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction, Pair
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change

_QUOTED = pattern(r"""(?:"[^"\\`]*"|'[^']*')\Z""")
_BARE = pattern(r"[^\s'\"\\`]+\Z")
_TEXT = pattern(r"[^'\"\\`]+\Z")


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the old form."""
    del stage
    pairs = instruction.pairs
    if len(pairs) != 1 or pairs[0].value is None:
        return
    pair = pairs[0]
    head = instruction.args.data[: len(pair.name.encode()) + 1]
    if head.endswith(b"=") or b"=" in pair.name.encode():
        return
    name = short(pair.name)
    yield Hit(
        pair.span,
        f"{named(instruction)} without an equals sign is the old form; write {name}=...",
        _changes(instruction, pair, facts),
    )


def _changes(instruction: Instruction, pair: Pair, facts: Facts) -> tuple[Change, ...]:
    value = pair.value or ""
    between = Span(pair.span.start + len(pair.name.encode()), pair.value_span.start)
    if facts.file.source(between).strip(" \t"):
        return ()  # The value stands on another line.
    if _BARE.match(value) or _QUOTED.match(value):
        return (replace(between, "="),)
    if _TEXT.match(value) and not instruction.inside:
        return (replace(between, '="'), insert(pair.value_span.end, '"'))
    return ()


rule = DockerfileRule(
    Rule(
        summary="ENV or LABEL is written in the old form",
        severity=Severity.LOW,
        peers=("buildkit LegacyKeyValueFormat",),
        fix=Safety.SAFE,
    ),
    instruction=check,
    keywords=("ENV", "LABEL"),
)
