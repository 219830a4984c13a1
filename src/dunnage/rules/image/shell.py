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

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


def _check(facts: Facts) -> Iterator[Hit]:
    found = [one for one in facts.surface.programs if one.kind == "shell"]
    if found:
        first = found[0]
        names = some(one.name for one in found)
        yield Hit(
            f"shells are in the image: {names}; a smaller base has none" + facts.made(first.layer),
            first.path,
            first.layer,
        )


rule = ImageRule(
    Rule("shells are in the image", Severity.NEGLIGIBLE, persona=Persona.AUDITOR),
    _check,
)
