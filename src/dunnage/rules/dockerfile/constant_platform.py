"""A platform written out in FROM.

## What it does
Looks for `FROM --platform=linux/amd64` and its kin. A stage whose name holds the architecture
(`AS build_amd64`) is passed over, as are Windows images.

## Why it matters
The stage is for that platform wherever it is built. On another processor it runs emulated, many
times slower, and an image that is said to be for `arm64` holds programs for `amd64`.

## Instead
```dockerfile
FROM --platform=$BUILDPLATFORM golang:1.27 AS build
FROM alpine:3.23
```
`--platform` of the build command says what the image is for.

## When it is wrong
Where a program exists for one platform only, the constant says so. Keep it with an ignore comment.

## Sources
https://docs.docker.com/reference/build-checks/from-platform-flag-const-disallowed/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import drop_word
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_WRITTEN_OUT = pattern(r"[a-z0-9]+(?:/[a-z0-9]+){0,2}")


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for a platform without variables."""
    flag = stage.start.flag("platform")
    if flag is None or flag.value is None or not _WRITTEN_OUT.fullmatch(flag.value):
        return
    words = flag.value.split("/")
    if words[0] == "windows" or any(word in stage.name for word in words if word != "linux"):
        return
    yield Hit(
        flag.span,
        f"this stage is for {flag.value} wherever it is built; drop --platform, or use"
        " $BUILDPLATFORM for a stage that only builds",
        (drop_word(facts.file, flag.span),),
    )


rule = DockerfileRule(
    Rule(
        summary="FROM writes out a platform",
        severity=Severity.MEDIUM,
        peers=("hadolint DL3029", "buildkit FromPlatformFlagConstDisallowed"),
        fix=Safety.UNSAFE,
    ),
    stage=check,
)
