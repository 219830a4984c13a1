"""WORKDIR with a relative path.

## What it does
Reports relative `WORKDIR` paths. Behind an absolute `WORKDIR` of the file the meaning is certain, and
the finding is for information only.

## Why it matters
The path depends on what was set before; without an absolute one in the file, on the base image.

## Instead
```dockerfile
FROM alpine:3.22
WORKDIR /srv/app
```

## Sources
Dockerfile best practices, "WORKDIR"; BuildKit build checks, "WorkdirRelativePath".
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.rules.dockerfile._facts import Facts

_ABSOLUTE = pattern(r"[/\\]|[A-Za-z]:")
_LONGEST = 4096
"""Characters of a path, as Linux has it."""
_PLAIN = pattern(r"[\w./-]+\Z", re.ASCII)


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every relative path; stages know where those before them ended."""
    ends: dict[int, tuple[str, bool]] = {}
    for stage in facts.stages:
        path, sure = ("/", True) if stage.image == "scratch" else ("", False)
        if stage.parent is not None:
            path, sure = ends[stage.parent.index]
        for instruction in stage.instructions:
            if instruction.keyword != "WORKDIR":
                continue
            value = stage.expanded(instruction.args.value, instruction).value
            if value is None:
                path, sure = "", True
            elif _ABSOLUTE.match(value):
                path, sure = value, True
            elif value:
                whole = posixpath.normpath(posixpath.join(path, value)) if path else ""
                yield _hit(instruction, value, whole, facts, sure=sure)
                path = whole if len(whole) < _LONGEST else ""
        ends[stage.index] = path, sure


def _hit(instruction: Instruction, value: str, whole: str, facts: Facts, *, sure: bool) -> Hit:
    place = instruction.args.whole
    if not sure:
        said = f"{short(value)} is relative to the working directory of the base image"
        return Hit(place, f"{said}; write the whole path")
    plain = whole and _PLAIN.match(instruction.args.value) and _PLAIN.match(whole)
    if facts.file.escape == "`" or instruction.line != instruction.last:
        plain = None
    advice = f"write {short(whole)}" if whole else "write the whole path"
    return Hit(
        place,
        f"{short(value)} is relative to the WORKDIR before; {advice}",
        (replace(place, whole),) if plain else (),
        severity=Severity.LOW,
    )


rule = DockerfileRule(
    Rule(
        summary="the working directory is relative",
        severity=Severity.MEDIUM,
        peers=(
            "hadolint DL3000",
            "trivy DS-0009",
            "checkov CKV_DOCKER_10",
            "buildkit WorkdirRelativePath",
            "semgrep use-absolute-workdir",
        ),
        fix=Safety.SAFE,
    ),
    file=check,
)
