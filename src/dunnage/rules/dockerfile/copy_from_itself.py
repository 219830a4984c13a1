"""COPY from the stage it is in.

## What it does
Reports `COPY --from` and `RUN --mount=from=` that name their own stage, by name or by number.

## Why it matters
The stage would have to be ready before it is built: the build stops with `circular dependency
detected`.

## Instead
```dockerfile
FROM alpine:3.22 AS runtime
RUN cp /etc/hosts /tmp/hosts
```

## Sources
Dockerfile reference, "COPY --from"; BuildKit, `frontend/dockerfile/dockerfile2llb/convert.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short
from dunnage.rules.dockerfile._sources import origins, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every flag that names its own stage."""
    if stage is None or not instruction.flags:
        return
    for origin in origins(instruction, facts.file):
        if instruction.keyword == "RUN" and origin.name.isdigit():
            continue  # A mount knows no numbers.
        if stage_of(origin.name, facts) is stage and not held(instruction, stage):
            yield Hit(
                origin.flag,
                f"{short(origin.name)} is this stage itself; copy inside of it with RUN cp, or "
                "name another stage",
            )


rule = DockerfileRule(
    Rule(
        summary="a stage copies from itself",
        severity=Severity.CRITICAL,
        peers=("hadolint DL3023", "trivy DS-0006", "semgrep copy-from-own-alias"),
    ),
    instruction=check,
    keywords=("COPY", "RUN"),
)
