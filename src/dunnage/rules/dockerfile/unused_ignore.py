"""A comment that asks to ignore a rule which finds nothing there.

## What it does
Looks for rules in `# dunnage: ignore[...]` and `# dunnage: ignore-file[...]` that find nothing where
the comment counts. A rule that did not run, or that could not read the file, is not counted.

## Why it matters
What was wrong has been mended, or the comment stands in the wrong place. Left behind, it will hide
the next finding of that rule without anybody having decided it.

## Instead
Take the comment out, or the rule from its list.

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
        summary="a comment ignores a rule that finds nothing there",
        severity=Severity.LOW,
        fix=Safety.SAFE,
    )
)
