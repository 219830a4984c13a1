"""A base image that no digest holds.

## What it does
Looks for FROM with an image without `@sha256:...`.

## Why it matters
A tag can be moved by whoever may write to the repository, and by whoever takes over their account.
A digest names the bytes: what was reviewed is what is built on.

## Instead
```dockerfile
FROM debian:12-slim@sha256:0000000000000000000000000000000000000000000000000000000000000000
```
and a bot that proposes new digests, or the image grows old instead.

## When it is wrong
It is a matter of policy, so only auditors see it. Images that are built in the same pipeline have
no digest yet.

## Sources
https://docs.docker.com/build/building/best-practices/#pin-base-image-versions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._bases import image_of
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for an image without digest."""
    del facts
    image = image_of(stage)
    if image and stage.base is not None and "@" not in image:
        yield Hit(
            stage.base.span,
            f"{image} is not held by a digest; add @sha256:...",
            needs=f"the digest of {image}",
        )


rule = DockerfileRule(
    Rule(
        summary="the base image is not held by a digest",
        severity=Severity.LOW,
        persona=Persona.AUDITOR,
        peers=("semgrep missing-image-version",),
    ),
    stage=check,
)
