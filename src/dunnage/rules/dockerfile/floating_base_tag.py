"""A tag that moves from one release line to the next.

## What it does
Looks for FROM with a tag such as `lts`, `stable`, `alpine` or `3` that no digest holds and that the
table of base images knows to move to the next release line: the next Node.js, the next minor
version of Python, the next Debian. `latest` and missing tags have rules of their own.

## Why it matters
A rebuild without any change brings another major version, on the day its publisher chooses.

## Instead
```dockerfile
FROM node:24-slim
```

## When it is wrong
Where following the newest line is the point, as in tests. Rust's `1` promises to stay compatible.

## Sources
https://docs.docker.com/build/building/best-practices/#pin-base-image-versions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.base_image import identify
from dunnage.rules.dockerfile._bases import image_of, tag_of
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for a tag that is known to move."""
    del facts
    image = image_of(stage)
    tag = tag_of(image)
    if stage.base is None or tag in {"", "latest"}:
        return
    base = identify(image)
    if base is not None and base.floating:
        yield Hit(
            stage.base.span,
            f"{image} moves to the next release line without notice; name the line",
            needs=f"the release line of {base.family} that is meant",
        )


rule = DockerfileRule(
    Rule(
        summary="the tag of the base image moves from release line to release line",
        severity=Severity.LOW,
    ),
    stage=check,
)
