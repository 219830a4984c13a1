"""A CMD that a later one replaces.

## What it does
Reports every `CMD` of a stage but the last.

## Why it matters
Only the last one counts. The others say something about the image that is not true.

## Instead
```dockerfile
FROM alpine:3.22
CMD ["/usr/local/bin/app"]
```

## Sources
Dockerfile reference, "CMD"; BuildKit build checks, "MultipleInstructionsDisallowed".
"""

from __future__ import annotations

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._overridden import overridden
from dunnage.rules.dockerfile._rule import DockerfileRule

rule = DockerfileRule(
    Rule(
        summary="a later CMD replaces this one",
        severity=Severity.MEDIUM,
        peers=("hadolint DL4003", "trivy DS-0016", "buildkit MultipleInstructionsDisallowed"),
        fix=Safety.SAFE,
    ),
    stage=overridden("CMD"),
)
