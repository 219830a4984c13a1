"""A finding that is ignored without a reason.

## What it does
Looks for `# dunnage: ignore[...]` and `# dunnage: ignore-file[...]` with nothing behind the bracket.
The rules are ignored all the same.

## Why it matters
Whoever reads the file later cannot tell whether the reason still holds.

## Instead
```dockerfile
FROM debian:12
# dunnage: ignore[apt-get-without-yes] a person answers
RUN apt-get install curl
```

## Sources
docs/lint.md, "Ignore a finding".
"""

from __future__ import annotations

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule

rule = DockerfileRule(
    Rule(summary="a finding is ignored without a reason", severity=Severity.MEDIUM)
)
