"""`--platform=$TARGETPLATFORM`, which is what FROM does anyway.

## What it does
Looks for `FROM --platform=$TARGETPLATFORM`. Where the file itself gives TARGETPLATFORM a default,
the flag means something and nothing is said.

## Why it matters
It says nothing, and looks as if it did.

## Instead
```dockerfile
FROM alpine:3.23
```

## Sources
https://docs.docker.com/reference/build-checks/redundant-target-platform/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import drop_word
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the flag that changes nothing."""
    flag = stage.start.flag("platform")
    if flag is None or flag.value not in {"$TARGETPLATFORM", "${TARGETPLATFORM}"}:
        return
    if stage.before.get("TARGETPLATFORM") is None:
        yield Hit(
            flag.span,
            "--platform=$TARGETPLATFORM is the default; drop it",
            (drop_word(facts.file, flag.span),),
        )


rule = DockerfileRule(
    Rule(
        summary="FROM says the default platform",
        severity=Severity.LOW,
        peers=("hadolint DL3065", "buildkit RedundantTargetPlatform"),
        fix=Safety.SAFE,
    ),
    stage=check,
)
