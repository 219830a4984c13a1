"""A base image with the tag `latest`.

## What it does
Looks for FROM with an image whose tag is `latest` and that no digest holds.

## Why it matters
`latest` is a tag like any other: it moves to the next major version without notice, and may just as
well be old. Two builds of the same file give two images.

## Instead
```dockerfile
FROM debian:12-slim
```

## When it is wrong
Images whose name holds the release (`gcr.io/distroless/base-debian12:latest`) are passed over.
Chainguard's free images have no other tag; hold them with a digest.

## Sources
https://docs.docker.com/reference/dockerfile/#from
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._bases import moving
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for an image called ``latest``."""
    del facts
    image = moving(stage, "latest")
    if stage.base is None or not image:
        return
    yield Hit(
        stage.base.span,
        f"{image} changes without notice; name a release",
        needs=f"the tag of {image.rpartition(':')[0]} that is meant",
    )


rule = DockerfileRule(
    Rule(
        summary="the base image has the tag latest",
        severity=Severity.MEDIUM,
        peers=("hadolint DL3007", "trivy DS-0001", "dockle DKL-DI-0006"),
    ),
    stage=check,
)
