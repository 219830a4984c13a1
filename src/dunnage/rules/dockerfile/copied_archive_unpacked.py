"""An archive that is copied in and then unpacked.

## What it does
Reports `COPY` of a tar archive of the build context that a later `RUN` of the stage unpacks.

## Why it matters
The archive stays in its layer, whatever is deleted later. `ADD` unpacks it without keeping it;
`RUN --mount=type=bind` lends it.

## Instead
```dockerfile
FROM debian:13
ADD app.tar.gz /opt/
```

## Sources
Dockerfile reference, "ADD"; Dockerfile best practices, "ADD or COPY".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short
from dunnage.rules.dockerfile._sources import is_archive, local_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every archive that is unpacked later."""
    if stage is None:
        return
    archives = [word for word in local_sources(instruction) if is_archive(word.text)]
    if not archives:
        return
    unpacked = {
        (word.text or "").rpartition("/")[2]
        for run in facts.runs_of(stage)
        if run.instruction.line > instruction.line
        for command in run.commands
        if command.name == "tar"
        for word in command.words
    }
    target = instruction.words[-1].text.rpartition("/")[2]
    for word in archives:
        name = word.text.rpartition("/")[2]
        if name in unpacked or (target and target in unpacked):
            yield Hit(
                word.span,
                f"{short(name)} stays in this layer after it is unpacked; use ADD, or lend it "
                "with RUN --mount=type=bind",
            )


rule = DockerfileRule(
    Rule(
        summary="an archive is copied in, then unpacked",
        severity=Severity.LOW,
        peers=("hadolint DL3010",),
    ),
    instruction=check,
    keywords=("COPY",),
)
