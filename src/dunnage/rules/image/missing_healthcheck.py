"""The image has no health check.

## What it does

Fires if the configuration has no ``Healthcheck``, or says ``NONE``, and its format can carry one. The
configuration of OCI images has no such field, so nothing is said about those that have none.

## Why it matters

Without one, Docker and Compose only see whether the process runs, not whether it answers.

## Instead

```dockerfile
HEALTHCHECK CMD ["/app", "--health"]
```

Kubernetes ignores it; there, use probes.

## Sources

- https://docs.docker.com/reference/dockerfile/#healthcheck
- https://github.com/opencontainers/image-spec/blob/main/config.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


def _check(facts: Facts) -> Iterator[Hit]:
    if facts.image is not None and facts.image.healthcheck is False:
        yield Hit("it has no health check; add a HEALTHCHECK, or probes where it is deployed")


rule = ImageRule(
    Rule(
        "the image has no health check",
        Severity.NEGLIGIBLE,
        persona=Persona.PEDANTIC,
        peers=("dockle CIS-DI-0006", "trivy DS-0026", "checkov CKV_DOCKER_2"),
    ),
    _check,
    image=True,
)
