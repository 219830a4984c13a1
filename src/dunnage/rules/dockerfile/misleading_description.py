"""A comment that builders do not take for a description.

## What it does
Reports comments directly above a named `FROM` or an `ARG` that do not begin with the name of the
stage or the argument. Shown to auditors only.

## Why it matters
`docker build --call=outline` shows such a comment as the description of the stage or argument, if it
begins with its name and a blank. Any other comment there looks like one and is none.

## Instead
```dockerfile
# VERSION is the release that is built.
ARG VERSION=3.22

# build compiles the program.
FROM golang:1.25 AS build
```

## Sources
BuildKit build checks, "InvalidDefinitionDescription".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import insert
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for a comment above that names something else."""
    if not instruction.above:
        return
    if instruction.keyword == "ARG":
        names = [pair.name for pair in instruction.pairs]
    else:
        names = [stage.name] if stage is not None and stage.name else []
    if not names:
        return
    told = [comment.text for comment in instruction.above]
    directives = {directive.line for directive in facts.file.directives}
    if any(text.startswith(f"{name} ") for text in told for name in names):
        return
    if all(comment.line in directives for comment in instruction.above):
        return
    start = facts.file.line_span(instruction.line).start
    yield Hit(
        instruction.above[-1].span,
        f"this comment is no description of {short(names[0])}, as it does not begin with that name; "
        "put an empty line below it",
        (insert(start, facts.file.newline.decode()),),
    )


rule = DockerfileRule(
    Rule(
        summary="a comment looks like a description and is none",
        severity=Severity.NEGLIGIBLE,
        persona=Persona.AUDITOR,
        peers=("buildkit InvalidDefinitionDescription",),
        fix=Safety.SAFE,
    ),
    instruction=check,
    keywords=("FROM", "ARG"),
)
