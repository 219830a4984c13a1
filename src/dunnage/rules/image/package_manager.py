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

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


def _check(facts: Facts) -> Iterator[Hit]:
    found = [one for one in facts.surface.programs if one.kind == "package-manager"]
    if found:
        first = found[0]
        names = some(one.name for one in found)
        yield Hit(
            f"package managers are in the image: {names}; a smaller base has none"
            + facts.made(first.layer),
            first.path,
            first.layer,
        )


rule = ImageRule(
    Rule("package managers are in the image", Severity.LOW, persona=Persona.PEDANTIC),
    _check,
)
