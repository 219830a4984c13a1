"""An image of very many layers.

## What it does
Counts `RUN`, `COPY` and `ADD` of the stages that make up the image, and fires above forty.

## Why it matters
Every layer is a request to the registry and a mount of the runtime, and what one layer adds the next
can only hide. Storage drivers end at about 127 layers, those of the base included.

## Instead
Join steps that belong together, and copy the result of a build stage with one `COPY --from`.

## Sources
https://docs.docker.com/engine/storage/drivers/overlayfs-driver/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts

_MOST = 40
_MAKING = frozenset({"RUN", "COPY", "ADD"})


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit at the layer that is one too many."""
    made = [
        one
        for stage in reversed(facts.shipped)
        for one in stage.instructions
        if one.keyword in _MAKING
    ]
    if len(made) > _MOST:
        message = f"{len(made)} layers on top of the base; join steps that belong together"
        yield Hit(made[_MOST].keyword_span, message)


rule = DockerfileRule(
    Rule(
        summary="the image has very many layers",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
    ),
    file=check,
)
