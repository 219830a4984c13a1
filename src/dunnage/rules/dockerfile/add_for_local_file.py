"""ADD where COPY does the same.

## What it does
Reports `ADD` of files of the build context that are not named like archives.

## Why it matters
`ADD` also unpacks archives and fetches addresses. Where neither is wanted, `COPY` says so, and a file
that turns out to be an archive stays what it is.

## Instead
```dockerfile
FROM alpine:3.22
COPY app.conf /etc/app.conf
ADD rootfs.tar.xz /
```

## Sources
Dockerfile best practices, "ADD or COPY".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short
from dunnage.rules.dockerfile._sources import is_remote, local_sources, maybe_archive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_ONLY_ADD = frozenset({"checksum", "keep-git-dir", "unpack"})


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit if every source is a plain local file."""
    del facts
    if instruction.heredocs or any(flag.name in _ONLY_ADD for flag in instruction.flags):
        return
    sources = []
    for word in local_sources(instruction):
        text: str | None = word.text
        if stage is not None:
            text = stage.expanded(word.text, instruction).value
        if not text or is_remote(text) or maybe_archive(text):
            return
        sources.append(text)
    if not sources:
        return
    keyword = "copy" if instruction.written.islower() else "COPY"
    yield Hit(
        instruction.keyword_span,
        f"{short(sources[0])} is neither an archive nor an address; use COPY",
        (replace(instruction.keyword_span, keyword),),
    )


rule = DockerfileRule(
    Rule(
        summary="ADD copies a plain file",
        severity=Severity.MEDIUM,
        peers=(
            "hadolint DL3020",
            "trivy DS-0005",
            "checkov CKV_DOCKER_4",
            "semgrep prefer-copy-over-add",
            "dockle CIS-DI-0009",
        ),
        fix=Safety.SAFE,
    ),
    instruction=check,
    keywords=("ADD",),
)
