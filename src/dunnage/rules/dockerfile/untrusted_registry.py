"""A base image from a registry that is not on the list of trusted ones.

## What it does
Compares the registry of every image in FROM and in `COPY --from` with `trusted_registries` of the
settings. Without that setting nothing is said. Patterns may hold `*`; one with a slash names a
registry with the beginning of a repository: `ghcr.io/example`.

## Why it matters
What a build starts from becomes part of the product. A list of registries keeps out what nobody
looked at, and typing mistakes in names.

## Instead
```dockerfile
FROM registry.example.com/base/debian:12-slim
```

## When it is wrong
A name that the builder gets with `--build-context` looks like an image of Docker Hub; in
`COPY --from` a name without slash, colon and dot is therefore passed over.

## Sources
https://docs.docker.com/reference/dockerfile/#from
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._bases import copies, image_of, reference_of, shown, trusted
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Span
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every image from elsewhere."""
    patterns = facts.settings.trusted_registries
    if not patterns:
        return
    for image, span in _images(facts):
        reference = reference_of(image)
        if reference is not None and not trusted(reference, patterns):
            yield Hit(
                span,
                f"{shown(image)} comes from {reference.domain}, which is not a trusted registry;"
                f" trusted are {', '.join(patterns[:5])}",
            )


def _images(facts: Facts) -> Iterator[tuple[str, Span]]:
    for stage in facts.stages:
        if stage.base is not None and (image := image_of(stage) or _beginning(stage)):
            yield image, stage.base.span
    for copy in copies(facts):
        flag = copy.instruction.flag("from")
        if flag is not None and {"/", ":", "."} & {*copy.image}:
            yield copy.image, flag.span


def _beginning(stage: Stage) -> str:
    """Return the image with its unknown rest cut off, if its registry is written out."""
    if stage.base is None or stage.image is not None:
        return ""
    name, dollar, _ = stage.base.text.partition("$")
    return f"{name.rstrip(':/-@')}" if dollar and "/" in name else ""


rule = DockerfileRule(
    Rule(
        summary="the image comes from a registry that is not trusted",
        severity=Severity.HIGH,
        peers=("hadolint DL3026",),
    ),
    file=check,
)
