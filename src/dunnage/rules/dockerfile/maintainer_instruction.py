"""MAINTAINER, which was replaced by a label.

## What it does
Reports `MAINTAINER`.

## Why it matters
It has been deprecated since 2017, and tools look for the label.

## Instead
```dockerfile
FROM alpine:3.22
LABEL org.opencontainers.image.authors="Ada <ada@example.org>"
```

## Sources
Dockerfile reference, "MAINTAINER (deprecated)"; OCI image specification, annotations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change

_KEY = "org.opencontainers.image.authors"


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit, with a label in its place."""
    yield Hit(
        instruction.keyword_span,
        f"MAINTAINER is deprecated; write LABEL {_KEY}=...",
        () if stage is None else _label(instruction, facts),
    )


def _label(instruction: Instruction, facts: Facts) -> tuple[Change, ...]:
    text = instruction.args.value
    if not text or instruction.inside or instruction.line != instruction.last:
        return ()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    escape = facts.file.escape
    for sign in (escape, '"', "$"):
        text = text.replace(sign, escape + sign)
    keyword = "label" if instruction.written.islower() else "LABEL"
    return (
        replace(
            Span(instruction.keyword_span.start, instruction.args.whole.end),
            f'{keyword} {_KEY}="{text}"',
        ),
    )


rule = DockerfileRule(
    Rule(
        summary="MAINTAINER is deprecated",
        severity=Severity.LOW,
        peers=(
            "hadolint DL4000",
            "trivy DS-0022",
            "checkov CKV_DOCKER_6",
            "buildkit MaintainerDeprecated",
            "semgrep maintainer-is-deprecated",
        ),
        fix=Safety.SAFE,
    ),
    instruction=check,
    keywords=("MAINTAINER",),
)
