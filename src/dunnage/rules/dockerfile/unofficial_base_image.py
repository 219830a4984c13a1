"""A base image that is neither Docker's nor a known publisher's.

## What it does
Looks for FROM with an image that is not one of Docker's official images, not in the table of known
base images, and not from a registry that the settings trust.

## Why it matters
Whoever may push to that repository decides what the product is built on. Nobody but they reviews it.

## Instead
```dockerfile
FROM debian:12-slim
```
or an image of your own registry, with that registry in `trusted_registries`.

## When it is wrong
It cannot know a company's own images. That is why only auditors see it.

## Sources
https://docs.docker.com/docker-hub/image-library/trusted-content/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.base_image import identify
from dunnage.rules.dockerfile._bases import image_of, reference_of, shown, trusted
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for an image of an unknown publisher."""
    image = image_of(stage)
    if not image or stage.base is None or identify(image) is not None:
        return
    reference = reference_of(image)
    if reference is None:
        return
    official = reference.domain == "docker.io" and reference.path.startswith("library/")
    if official or trusted(reference, facts.settings.trusted_registries):
        return
    owner = f"{reference.domain}/{reference.path.partition('/')[0]}"
    yield Hit(
        stage.base.span,
        f"{shown(image)} is no official image, and {owner} is not known; see who may push there",
    )


rule = DockerfileRule(
    Rule(
        summary="the base image is not official",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        persona=Persona.AUDITOR,
        peers=("dockle CIS-DI-0002",),
    ),
    stage=check,
)
