"""An image whose user nobody can tell from its Dockerfile.

## What it does
Says so where no `USER` is set and the base is not known, and where `USER` depends on a variable that
has no value in the file.

## Why it matters
Most bases run as root. An auditor has to look at the base; a `USER` with a number would settle it.

## Instead
```dockerfile
FROM registry.example/team/base:1.4
USER 10001:10001
```

## When it is wrong
It accuses nobody: it is shown to auditors only.

## Sources
https://docs.docker.com/reference/dockerfile/, "USER".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._users import user_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit if the user of the image cannot be known."""
    stage = facts.final
    if stage is None or stage.base is None:
        return
    user = user_of(stage, facts)
    if user.name is not None:
        return
    if user.instruction is not None:
        message = "USER depends on what only the build knows; give it a number"
        yield Hit(user.instruction.args.whole, message)
        return
    root = (stage.root_image or stage.base.text).partition("@")[0]
    message = f"no USER, and what {root[:80]} runs as is not known; set a USER by number"
    yield Hit(stage.base.span, message)


rule = DockerfileRule(
    Rule(
        summary="the user of the image cannot be told from the Dockerfile",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        persona=Persona.AUDITOR,
        peers=("trivy DS-0002", "checkov CKV_DOCKER_3", "semgrep missing-user"),
    ),
    file=check,
)
