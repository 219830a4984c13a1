"""An image without HEALTHCHECK.

## What it does
Reports the final stage if neither it nor a stage it rests on has a `HEALTHCHECK`. Shown to auditors
only.

## Why it matters
Docker and Swarm can restart a container that runs but does not answer. Kubernetes does not look at
it and has probes of its own, so that for most images nothing is missing.

## Instead
```dockerfile
FROM nginx:1.29
HEALTHCHECK CMD curl -fsS http://localhost/ || exit 1
```

## When it is wrong
For command-line tools, for images that only Kubernetes runs, and in the OCI image format, which has
no place for it.

## Sources
Dockerfile reference, "HEALTHCHECK"; CIS Docker Benchmark 4.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit if the final stage has none."""
    final = facts.final
    if final is None:
        return
    if any(one.keyword == "HEALTHCHECK" for stage in facts.shipped for one in stage.instructions):
        return
    yield Hit(
        final.start.keyword_span,
        "nothing tells Docker how to see whether the container is well; add HEALTHCHECK",
    )


rule = DockerfileRule(
    Rule(
        summary="the image has no HEALTHCHECK",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        persona=Persona.AUDITOR,
        peers=(
            "hadolint DL3057",
            "trivy DS-0026",
            "checkov CKV_DOCKER_2",
            "dockle CIS-DI-0006",
        ),
    ),
    file=check,
)
