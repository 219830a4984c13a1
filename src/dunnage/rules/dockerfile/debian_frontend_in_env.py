"""``DEBIAN_FRONTEND`` is set for the running container.

## What it does
Looks for `ENV DEBIAN_FRONTEND=noninteractive` in stages that become an image, if the variable still
has that value at their end.

## Why it matters
The variable is meant for the build, but ENV keeps it: whoever works in the container, or builds on
the image, gets packages configured without being asked, and does not know why.

## Instead
```dockerfile
ARG DEBIAN_FRONTEND=noninteractive
```

ARG holds to the end of the stage, in the build only. The change writes it where ENV was, unless
another stage of the file starts from this one and would miss it, or a comment stands above, which
BuildKit would take for the description of the argument.

## Sources
https://docs.docker.com/reference/dockerfile/, "ENV" (it names this variable) and "ARG".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._cleanup import ships
from dunnage.rules.dockerfile._edits import drop_word, insert, replace
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction, Pair
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_NAME = "DEBIAN_FRONTEND"
_QUIET = frozenset({"noninteractive", "readline", "text"})


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every ENV that sets it for good."""
    if stage is None or _NAME.encode() not in instruction.text.data or not ships(stage, facts):
        return
    for pair in instruction.pairs:
        if pair.name != _NAME or (pair.value or "").strip("'\"") not in _QUIET:
            continue
        if facts.once(_at_end).get(stage.index) not in _QUIET:
            continue
        yield Hit(
            pair.span,
            f"ENV keeps {_NAME} in the running container; use ARG, which holds in the build only",
            _changes(instruction, pair, stage, facts),
        )


def _at_end(facts: Facts) -> dict[int, str | None]:
    """Return the value at the end of each stage that sets it, or starts from one that does."""
    return {one.index: one.environment.get(_NAME) for one in facts.stages}


def _parents(facts: Facts) -> frozenset[int]:
    return frozenset(one.parent.index for one in facts.stages if one.parent is not None)


def _times(facts: Facts) -> dict[int, int]:
    """Return how many ENV instructions of each stage name it."""
    found: dict[int, int] = {}
    for instruction, stage in facts.by_keyword.get("ENV", ()):
        if stage is not None and _NAME.encode() in instruction.text.data:
            found[stage.index] = found.get(stage.index, 0) + 1
    return found


def _changes(
    instruction: Instruction, pair: Pair, stage: Stage, facts: Facts
) -> tuple[Change, ...]:
    # BuildKit takes a comment above ARG for its description, and wants it to begin with its name.
    if stage.index in facts.once(_parents) or instruction.above:
        return ()
    start = facts.file.line_span(instruction.line).start
    if facts.file.data[start : instruction.keyword_span.start].strip():
        return ()
    if sum(facts.once(_times).get(one.index, 0) for one in stage.lineage) > 1:
        return ()
    if len(instruction.pairs) == 1:
        keyword = "ARG" if instruction.written.isupper() else "arg"
        changes: tuple[Change, ...] = (replace(instruction.keyword_span, keyword),)
        source = facts.file.source(pair.span)
        if not source.startswith(f"{_NAME}="):
            if instruction.line != instruction.last:
                return ()
            changes += (replace(pair.span, f"{_NAME}={(pair.value or '').strip()}"),)
        return changes
    if instruction.line != instruction.last:
        return ()
    lead = f"ARG {facts.file.source(pair.span)}{facts.file.newline.decode()}"
    return (insert(start, lead), drop_word(facts.file, pair.span))


rule = DockerfileRule(
    Rule(
        summary="DEBIAN_FRONTEND is set in the running container",
        severity=Severity.LOW,
        fix=Safety.SAFE,
    ),
    instruction=check,
    keywords=("ENV",),
)
