"""A base image whose name no builder takes.

## What it does
Looks for FROM with a name that is no image name: written so, or made so by the default of an
argument. Where an argument has no default, the build works only with `--build-arg`; that is said as
information.

## Why it matters
The builder refuses the file.

## Instead
```dockerfile
ARG VERSION=3.23
FROM alpine:${VERSION}
```

## When it is wrong
Templates that another program fills in are no Dockerfiles yet.

## Sources
https://docs.docker.com/reference/build-checks/invalid-default-arg-in-from/ and
https://github.com/distribution/reference
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile_expand import expand
from dunnage.parsers.dockerfile_stages import PLATFORM_ARGS
from dunnage.parsers.reference import Reference
from dunnage.rules.dockerfile._bases import reference_of
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for a name that cannot be one."""
    if stage.base is None or stage.parent is not None:
        return
    expanded = expand(stage.base.text, stage.before, escape=facts.file.escape)
    if expanded.undefined:
        return  # ``undeclared-arg-in-from`` speaks of it.
    if stage.image is not None:
        if why := _why(stage.image):
            yield Hit(stage.base.span, f"{_shown(stage)} no image name: {why}")
        return
    needed = [
        name
        for name in expanded.used
        if name in stage.before and stage.before[name] is None and name not in PLATFORM_ARGS
    ]
    bare = {name: value or "" for name, value in stage.before.items()}
    image = expand(stage.base.text, bare, escape=facts.file.escape).value
    if needed and image is not None and _why(image):
        names = ", ".join(dict.fromkeys(needed))
        yield Hit(
            stage.base.span,
            f"without --build-arg for {names} this is no image name; give a default",
            severity=Severity.LOW,
        )


def _shown(stage: Stage) -> str:
    written = stage.base.text if stage.base else ""
    if written == stage.image:
        return f"{written} is"
    return f"{written} is {stage.image!r} by default, which is"


def _why(image: str) -> str:
    """Return why a name is none, or empty."""
    if not image:
        return "it is empty"
    if image == "scratch":
        return ""
    if reference_of(image) is not None:
        return ""
    try:
        Reference.parse(image)
    except InputError as error:
        return error.message.removeprefix("not an image name: ")
    return ""


rule = DockerfileRule(
    Rule(
        summary="the name of the base image is not valid",
        severity=Severity.CRITICAL,
        peers=("buildkit InvalidDefaultArgInFrom",),
    ),
    stage=check,
)
