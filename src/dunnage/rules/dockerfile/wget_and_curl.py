"""Both ``wget`` and ``curl`` in one stage.

## What it does
Looks for stages whose RUN instructions call both programs. It is for the pedantic.

## Why it matters
They do the same. One of them is enough to install, to update and to read about in advisories.

## Instead
```dockerfile
RUN curl -fsSLO https://example.com/a && curl -fsSLO https://example.com/b
```

## Sources
curl(1) and wget(1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the first call of the second program."""
    first = None
    for run in facts.runs:
        if run.stage is not stage:
            continue
        for command in run.commands:
            if command.name not in {"curl", "wget"}:
                continue
            if first is None:
                first = command
            elif command.name != first.name:
                line = facts.file.position(first.span.start)[0]
                yield Hit(
                    command.name_span,
                    f"{command.name} does what {first.name} did in line {line}; use one of them",
                )
                return


rule = DockerfileRule(
    Rule(
        summary="both wget and curl are used",
        severity=Severity.NEGLIGIBLE,
        persona=Persona.PEDANTIC,
        peers=("hadolint DL4001", "trivy DS-0014"),
    ),
    stage=check,
    needs=("curl",),
)
