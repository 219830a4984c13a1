"""Package managers are in the image.

## What it does

Fires if package managers can be run in the final image; once for all of them.

## Why it matters

Whoever got in can install what they need with them.

## Instead

Use a base image without one (distroless, chiselled, scratch) for what runs.

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
    Rule("package managers are in the image", Severity.LOW, persona=Persona.PEDANTIC),
    programs("package-manager", "package managers", "a smaller base has none"),
)
