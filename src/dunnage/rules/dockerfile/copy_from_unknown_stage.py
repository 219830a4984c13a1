"""COPY from a stage that is not there, or not yet.

## What it does
Reports `COPY --from` and `RUN --mount=from=` with a name that no stage has and that does not look
like an image, with a number no stage has, with a variable, and with a stage that comes later in the
file.

## Why it matters
A name that is no stage is taken for an image of Docker Hub: a slip of the pen copies files of a
stranger's image into yours. A number past the last stage, a variable and a
later stage stop the build. Mounts know no numbers.

## Instead
```dockerfile
FROM golang:1.25 AS build
FROM alpine:3.22
COPY --from=build /out/app /usr/local/bin/app
COPY --from=busybox:1.37 /bin/busybox /bin/busybox
```

## When it is wrong
A context that the build names (`--build-context name=...`) cannot be seen in the file.

## Sources
Dockerfile reference, "COPY --from"; BuildKit, `frontend/dockerfile/dockerfile2llb/convert.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._alike import nearest
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short
from dunnage.rules.dockerfile._sources import is_image, origins, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._sources import From


_NUMBER = pattern(r"[+-]?[0-9]+\Z")


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every flag that names no earlier stage and no certain image."""
    if stage is None or not instruction.flags:
        return
    for origin in origins(instruction, facts.file):
        if "$" in origin.name:
            yield from _variable(origin, instruction, stage)
            continue
        number = _NUMBER.match(origin.name) is not None
        if number and instruction.keyword == "RUN":
            said = f"a mount knows no stage by its number, {short(origin.name)}; name the stage"
            yield Hit(origin.span, said, severity=Severity.HIGH)
            continue
        found = stage_of(origin.name, facts)
        if found is None:
            yield from _unknown(origin, facts)
        elif found.index > stage.index:
            where = f"stage {short(origin.name)} begins later, on line {found.start.line}"
            severity = None if held(instruction, stage) else Severity.CRITICAL
            yield Hit(origin.span, f"{where}; move it up", severity=severity)


def _variable(origin: From, instruction: Instruction, stage: Stage) -> Iterator[Hit]:
    if instruction.keyword == "COPY" and not held(instruction, stage):
        yield Hit(
            origin.span,
            f"BuildKit expands no variable in --from, as in {short(origin.name)}; give the image a "
            "stage of its own with FROM",
            severity=Severity.CRITICAL,
        )


def _unknown(origin: From, facts: Facts) -> Iterator[Hit]:
    name = short(origin.name)
    if _NUMBER.match(origin.name):
        said = f"there is no stage {name}; the last one is {len(facts.stages) - 1}"
        yield Hit(origin.span, said, severity=Severity.CRITICAL)
    elif not is_image(origin.name):
        names = (stage.name for stage in facts.stages if stage.name)
        like = nearest(origin.name.lower(), names, facts)
        advice = f"did you mean {like}?" if like else "add a tag if you mean the image"
        said = f"no stage is called {name}, so it is taken for an image of Docker Hub"
        yield Hit(origin.span, f"{said}; {advice}")


rule = DockerfileRule(
    Rule(
        summary="files come from a stage that is not there",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        peers=("hadolint DL3022",),
    ),
    instruction=check,
    keywords=("COPY", "RUN"),
)
