"""Shells are in the image.

## What it does

Fires if shells can be run in the final image; once for all of them.

## Why it matters

Most attacks on applications end in starting a shell. Where there is none, they end before.

## Instead

Use a base image without one (distroless, chiselled, scratch) for what runs, and the exec form of
ENTRYPOINT.

## Sources

- https://github.com/GoogleContainerTools/distroless
"""

from __future__ import annotations

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._programs import programs
from dunnage.rules.image._rule import ImageRule

rule = ImageRule(
    Rule("shells are in the image", Severity.NEGLIGIBLE, persona=Persona.AUDITOR),
    programs("shell", "shells", "a smaller base has none"),
)
