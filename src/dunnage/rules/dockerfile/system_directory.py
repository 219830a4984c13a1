"""``WORKDIR`` or ``VOLUME`` on a directory of the kernel or of the boot loader.

## What it does
Looks for `WORKDIR` and `VOLUME` on `/proc`, `/sys`, `/dev` and `/boot` or below.

## Why it matters
The runtime mounts the kernel's file systems there. A volume in their place hides them, or what is
written in the build is hidden by them; at worst a container writes to what belongs to the host.

## Instead
```dockerfile
WORKDIR /app
VOLUME /var/lib/app
```

## When it is wrong
`/dev/shm` is ordinary memory; it is not reported.

## Sources
https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md, "Default Filesystems".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction, Span
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_SYSTEM = frozenset({"proc", "sys", "dev", "boot"})


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every path below a directory of the system."""
    del facts
    keyword = instruction.keyword
    parts: list[tuple[str, Span]] = [(word.text, word.span) for word in instruction.words]
    if keyword == "WORKDIR":
        parts = [(instruction.value.strip(), instruction.args.whole)]
    for text, span in parts:
        path = stage.expanded(text, instruction).value if stage else text
        steps = [step for step in (path or "").split("/") if step not in {"", "."}]
        absolute = (path or "").startswith("/")
        if absolute and steps and steps[0] in _SYSTEM and steps[:2] != ["dev", "shm"]:
            yield Hit(span, f"{keyword} on /{steps[0]}, which belongs to the system; take another")


rule = DockerfileRule(
    Rule(
        summary="WORKDIR or VOLUME on a directory of the system",
        severity=Severity.HIGH,
        peers=("trivy DS-0030", "dockle DKL-DI-0002"),
    ),
    instruction=check,
    keywords=("WORKDIR", "VOLUME"),
)
