"""A base image without a tag.

## What it does
Looks for FROM with an image that has neither tag nor digest. Names of earlier stages and `scratch`
have none, and images that only a build argument names are passed over.

## Why it matters
Without a tag the builder takes `latest`. What that is changes without notice: two builds of the
same file give two images, and a new major version arrives in the middle of a release.

## Instead
```dockerfile
FROM debian:12-slim
```

## When it is wrong
Images whose name holds the release (`gcr.io/distroless/base-debian12`, `redhat/ubi9`) are passed
over; hadolint reports them. A name that the builder gets with `--build-context` looks like an image. Where an argument has a
default, the image meant by default is judged.

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
    """Give a hit for an image without tag and digest."""
    del facts
    image = moving(stage, "")
    if stage.base is None or not image:
        return
    yield Hit(
        stage.base.span,
        f"{image} has no tag, so what it is changes without notice; name a release",
        needs=f"the tag of {image} that is meant",
    )


rule = DockerfileRule(
    Rule(
        summary="the base image has no tag",
        severity=Severity.MEDIUM,
        peers=("hadolint DL3006", "trivy DS-0001", "checkov CKV_DOCKER_7"),
    ),
    stage=check,
)
