"""A comment for another linter that ignores nothing we would report.

## What it does
Looks for codes in the ignore comments of hadolint, Trivy and checkov and in BuildKit's `check`
directive, whose rules of ours find nothing where the comment counts. Codes that no rule of ours
stands for are passed over.

## Why it matters
Such comments are left behind when what they were about is mended.

## Instead
Take the comment out.

## When it is wrong
The other linter may find something there that we do not; so this is for the pedantic.

## Sources
docs/lint.md, "Ignore a finding".
"""

from __future__ import annotations

from dunnage.model.finding import Confidence, Persona, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule

rule = DockerfileRule(
    Rule(
        summary="a comment for another linter ignores nothing",
        severity=Severity.NEGLIGIBLE,
        confidence=Confidence.MEDIUM,
        persona=Persona.PEDANTIC,
        fix=Safety.UNSAFE,
    )
)
