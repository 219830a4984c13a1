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

    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every archive that is unpacked later in its stage."""
    copied = [
        (instruction, stage, archives)
        for instruction, stage in facts.by_keyword.get("COPY", ())
        if stage is not None
        and (archives := [w for w in local_sources(instruction) if is_archive(w.text)])
    ]
    if not copied:
        return
    last: dict[tuple[int, str], int] = {}
    for run in facts.runs:
        for command in run.commands if run.stage is not None else ():
            if command.name == "tar":
                for word in command.words:
                    name = (word.text or "").rpartition("/")[2]
                    last[run.stage.index if run.stage else -1, name] = run.instruction.line
    for instruction, stage, archives in copied:
        target = instruction.words[-1].text.rpartition("/")[2]
        for archive in archives:
            name = archive.text.rpartition("/")[2]
            lines = [last.get((stage.index, one), 0) for one in (name, target) if one]
            if max(lines) > instruction.line:
                yield Hit(
                    archive.span,
                    f"{short(name)} stays in this layer after it is unpacked; use ADD, or lend it "
                    "with RUN --mount=type=bind",
                )


rule = DockerfileRule(
    Rule(
        summary="an archive is copied in, then unpacked",
        severity=Severity.LOW,
        peers=("hadolint DL3010",),
    ),
    file=check,
    needs=("tar",),
)
