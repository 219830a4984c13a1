"""A stage called by a name that means something else.

## What it does
Reports stages named `scratch` or `context`.

## Why it matters
`FROM scratch` is the empty image whatever a stage is called, and `context` is the build context
where builders look for named contexts: the stage cannot be reached by its name.

## Instead
```dockerfile
FROM alpine:3.22 AS base
```

## Sources
BuildKit build checks, "ReservedStageName".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_RESERVED = frozenset({"scratch", "context"})


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit if the name of the stage is reserved."""
    del facts
    if stage.name in _RESERVED and stage.name_word is not None:
        yield Hit(
            stage.name_word.span,
            f"{stage.name} means something else to builders; call the stage otherwise",
        )


rule = DockerfileRule(
    Rule(
        summary="a stage has a reserved name",
        severity=Severity.MEDIUM,
        peers=("hadolint DL3063", "buildkit ReservedStageName"),
    ),
    stage=check,
)
