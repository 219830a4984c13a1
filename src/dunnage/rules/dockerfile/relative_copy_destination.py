"""Files copied to a relative path where no WORKDIR was set.

## What it does
Reports `COPY` and `ADD` with a relative destination in a stage without a `WORKDIR` before.

## Why it matters
Where the files go depends on the base image's working directory, which may change with its next
version; in many it is `/`.

## Instead
```dockerfile
FROM node:24-slim
WORKDIR /app
COPY package.json ./
```

## Sources
Dockerfile reference, "COPY": a relative destination is relative to the working directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_ABSOLUTE = pattern(r"[/\\]|[A-Za-z]:|\$|%")


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit if the destination is relative to nobody knows what."""
    del facts
    words = instruction.words
    if stage is None or len(words) < 2 or held(instruction, stage):
        return
    text = stage.expanded(words[-1].text, instruction).value
    if not text or _ABSOLUTE.match(words[-1].text.lstrip("\"'")) or _ABSOLUTE.match(text):
        return
    for one in stage.lineage:
        for before in one.instructions:
            if before is instruction:
                break
            if before.keyword == "WORKDIR":
                return
    if stage.root_image == "scratch":
        return  # Its working directory is / and stays so.
    yield Hit(
        words[-1].span,
        f"{short(text)} is relative to the working directory of the base image; set WORKDIR before",
    )


rule = DockerfileRule(
    Rule(
        summary="the destination is relative and no WORKDIR is set",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        peers=("hadolint DL3045",),
    ),
    instruction=check,
    keywords=("COPY", "ADD"),
)
