"""Two stages of one name.

## What it does
Reports a stage whose name an earlier stage has; upper and lower case do not count.

## Why it matters
`COPY --from=name` and `FROM name` mean one of the two, and which one depends on where they stand
and on the builder; `--target name` too.

## Instead
```dockerfile
FROM golang:1.25 AS build
FROM alpine:3.22 AS runtime
```

## Sources
BuildKit build checks, "DuplicateStageName".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every stage whose name is taken."""
    lines: dict[str, int] = {}
    for stage in facts.stages:
        if stage.name_word is None:
            continue
        line = lines.setdefault(stage.name, stage.start.line)
        if line != stage.start.line:
            yield Hit(
                stage.name_word.span,
                f"line {line} has a stage {short(stage.name)} already; call this one otherwise",
            )


rule = DockerfileRule(
    Rule(
        summary="two stages have one name",
        severity=Severity.HIGH,
        peers=(
            "hadolint DL3024",
            "trivy DS-0012",
            "checkov CKV_DOCKER_11",
            "buildkit DuplicateStageName",
            "semgrep alias-must-be-unique",
        ),
    ),
    file=check,
)
