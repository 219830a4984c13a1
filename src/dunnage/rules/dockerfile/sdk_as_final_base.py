"""An image that ships a compiler, a build tool or an SDK.

## What it does
Looks whether the stage that becomes the image rests on an image for building: `golang`, `rust`,
`maven`, `gradle`, a JDK, the .NET SDK, `gcc`, `buildpack-deps`, `nvidia/cuda:...-devel`. Stages
called `dev`, `test`, `lint`, `ci` or `build` and their kin are passed over.

## Why it matters
Compilers and package managers are what an intruder needs to go on, and they bring most of the
packages that advisories are about. What runs needs the result, not the tools.

## Instead
```dockerfile
FROM golang:1.27 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /app .
FROM gcr.io/distroless/static-debian13:nonroot
COPY --from=build /app /app
ENTRYPOINT ["/app"]
```

## When it is wrong
Images that are meant for building: those of a CI system, development containers, base images for
other builds.

## Sources
https://docs.docker.com/build/building/multi-stage/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.parsers.lighter_base import lighter
from dunnage.rules.dockerfile._bases import image_of, shown
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts

_NOT_SHIPPED = pattern(
    r"(?:.*[-_.])?(?:dev|devel|development|debug|test|tests|testing|ci|lint|builds?|builder|bench"
    r"|binar(?:y|ies)|artifacts?|export|tools?|toolchain|sdk|docs)(?:[-_.].*)?"
)


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit if the shipped stage rests on an image for building."""
    final = facts.final
    if final is None or _NOT_SHIPPED.fullmatch(final.name):
        return
    root = final.lineage[-1]
    base = facts.base(root) if image_of(root) else None
    if base is None or base.kind != "sdk" or root.base is None:
        return
    offered = lighter(base)
    best = next((one for one in offered if not one.changes), offered[0] if offered else None)
    dropped = f" with {best.drops[0]}" if best else ""
    advice = "build in one stage and copy the result into another"
    instead = f", such as {best.image}" if best else ""
    yield Hit(
        root.base.span,
        f"the image ships {shown(base.image)}{dropped}; {advice}{instead}",
    )


rule = DockerfileRule(
    Rule(
        summary="the image ships what it was built with",
        severity=Severity.MEDIUM,
    ),
    file=check,
)
