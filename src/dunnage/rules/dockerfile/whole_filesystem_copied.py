"""The whole file system of another stage or image, copied.

## What it does
Reports `COPY --from=... / /` and the like. Into an empty image, where it flattens the layers of a
stage, it is for information only.

## Why it matters
Everything comes along: build tools, caches, credentials left in the stage; and what the base image
has is written over file by file, which no scanner or package manager knows of.

## Instead
```dockerfile
FROM golang:1.25 AS build
FROM scratch
COPY --from=build /out/app /app
```

## Sources
Dockerfile best practices, "Use multi-stage builds".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_ROOT = frozenset({"/", "/.", "/*"})


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit if a source is the root of another file system."""
    del facts
    origin = instruction.flag("from")
    words = instruction.words
    if origin is None or len(words) < 2 or words[-1].text.rstrip("/."):
        return
    for word in words[:-1]:
        if word.text in _ROOT:
            empty = stage is not None and stage.image == "scratch"
            yield Hit(
                word.span,
                f"everything of {short(origin.value or '')} comes along; copy what the image needs",
                severity=Severity.LOW if empty else None,
            )


rule = DockerfileRule(
    Rule(
        summary="a whole file system is copied",
        severity=Severity.MEDIUM,
        peers=("hadolint DL3067",),
    ),
    instruction=check,
    keywords=("COPY",),
)
