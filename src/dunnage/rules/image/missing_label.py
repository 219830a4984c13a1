"""The image does not say where it comes from.

## What it does

Fires if none of the labels ``org.opencontainers.image.source``, ``.url`` and ``.revision`` is set, nor
their elder forms (``org.label-schema.vcs-url``, ``.vcs-ref``, ``.url``).

## Why it matters

Who finds the image in a registry or a cluster cannot tell which source it was built from, and whom to
ask.

## Instead

```dockerfile
LABEL org.opencontainers.image.source="https://github.com/example/app"
```

## Sources

- https://github.com/opencontainers/image-spec/blob/main/annotations.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts

_TELLING = frozenset(
    {
        "org.opencontainers.image.source",
        "org.opencontainers.image.url",
        "org.opencontainers.image.revision",
        "org.label-schema.vcs-url",
        "org.label-schema.vcs-ref",
        "org.label-schema.url",
    }
)


def _check(facts: Facts) -> Iterator[Hit]:
    labels = facts.image.labels if facts.image else ()
    if not any(key in _TELLING and value for key, value in labels):
        yield Hit("no label says where it comes from; set org.opencontainers.image.source")


rule = ImageRule(
    Rule("no label says where the image comes from", Severity.NEGLIGIBLE, persona=Persona.PEDANTIC),
    _check,
    image=True,
)
