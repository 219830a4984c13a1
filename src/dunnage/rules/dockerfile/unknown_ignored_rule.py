"""A comment that asks to ignore a rule nobody knows.

## What it does
Looks for names in `# dunnage: ignore[...]` that are neither a rule nor a code of another linter that
a rule stands for, and for such comments that name no rule at all.

## Why it matters
A misspelt name ignores nothing, and the finding comes back.

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

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule

rule = DockerfileRule(
    Rule(
        summary="a comment ignores a rule that does not exist",
        severity=Severity.MEDIUM,
        fix=Safety.UNSAFE,
    )
)
