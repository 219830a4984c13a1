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
from dunnage.rules.dockerfile._facts import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_ABSOLUTE = pattern(r"[/\\]|[A-Za-z]:")
_PLAIN = pattern(r"[\w./-]+\Z", re.ASCII)


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for a relative path."""
    if stage is None or held(instruction, stage):
        return
    text = stage.expanded(instruction.args.value, instruction).value
    if not text or _ABSOLUTE.match(text):
        return
    before, sure = _before(instruction, stage)
    if not sure:
        yield Hit(
            instruction.args.whole,
            f"{short(text)} is relative to the working directory of the base image; write the "
            "whole path",
        )
        return
    whole = posixpath.normpath(posixpath.join(before, text)) if before else ""
    plain = _PLAIN.match(instruction.args.value) and _PLAIN.match(whole)
    changes = (replace(instruction.args.whole, whole),) if whole and plain else ()
    if facts.file.escape == "`" or instruction.line != instruction.last:
        changes = ()
    advice = f"write {short(whole)}" if whole else "write the whole path"
    yield Hit(
        instruction.args.whole,
        f"{short(text)} is relative to the WORKDIR before; {advice}",
        changes,
        severity=Severity.LOW,
    )


def _before(instruction: Instruction, stage: Stage) -> tuple[str, bool]:
    """Return the working directory before an instruction, or empty, and whether one was set."""
    path, sure = ("/", True) if stage.root_image == "scratch" else ("", False)
    for one in reversed(stage.lineage):
        for before in one.instructions:
            if before is instruction:
                return path, sure
            if before.keyword != "WORKDIR":
                continue
            value = one.expanded(before.args.value, before).value
            if value is None:
                path, sure = "", True
            elif _ABSOLUTE.match(value):
                path, sure = value, True
            elif path:
                path = posixpath.join(path, value)
    return path, sure


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
    instruction=check,
    keywords=("WORKDIR",),
)
