r"""What a package manager keeps for itself is left in the image.

## What it does

Fires if lists, archives or caches of a package manager take 100 kB or more of what a container
sees. It looks at the files, not at the commands.

## Why it matters

Nobody needs them to run the image. They make it larger and tell what it was built from.

## Instead

```dockerfile
RUN apt-get update \
 && apt-get install -y --no-install-recommends curl \
 && rm -rf /var/lib/apt/lists/*
RUN apk add --no-cache curl
RUN pip install --no-cache-dir flask
```

## Sources

- https://docs.docker.com/build/building/best-practices/#apt-get
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


_LEAST = 100_000
"""Bytes from which it is worth a word."""


def _check(facts: Facts) -> Iterator[Hit]:
    for one in facts.surface.leftovers:
        if one.size >= _LEAST:
            message = (
                f"{one.manager} left {one.size / 1e6:,.1f} MB (files: {one.files:,}); remove them in"
                " the instruction that makes them"
            )
            yield Hit(message + facts.made(one.layer), one.path, one.layer)


rule = ImageRule(
    Rule(
        "a package manager left its cache in the image",
        Severity.LOW,
        peers=("dockle DKL-DI-0004", "dockle DKL-DI-0005", "hadolint DL3009", "hadolint DL3019"),
    ),
    _check,
)
