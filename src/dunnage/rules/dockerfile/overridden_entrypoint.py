"""An ENTRYPOINT that a later one replaces.

## What it does
Reports every `ENTRYPOINT` of a stage but the last.

## Why it matters
Only the last one counts. The others say something about the image that is not true.

## Instead
```dockerfile
FROM alpine:3.22
ENTRYPOINT ["/usr/local/bin/app"]
```

## Sources
Dockerfile reference, "ENTRYPOINT"; BuildKit build checks, "MultipleInstructionsDisallowed".
"""

from __future__ import annotations

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._overridden import overridden
from dunnage.rules.dockerfile._rule import DockerfileRule

rule = DockerfileRule(
    Rule(
        summary="a later ENTRYPOINT replaces this one",
        severity=Severity.MEDIUM,
        peers=("hadolint DL4004", "trivy DS-0007", "buildkit MultipleInstructionsDisallowed"),
        fix=Safety.SAFE,
    ),
    stage=overridden("ENTRYPOINT"),
)
