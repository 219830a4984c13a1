"""A file with credentials is in the image, perhaps in a layer that hides it.

## What it does

Looks at the first bytes of files in every layer for private keys, and in files that hold credentials
by their name (``.aws/credentials``, ``.docker/config.json``, ``.npmrc``, ``.env`` and others) for a value.
Files of lower layers that were removed or replaced later count: whoever has the image can read them.
What is in them is never shown and never kept.

## Why it matters

An image is copied to registries, caches and nodes. A credential in it is known to all who can pull.

## Instead

```dockerfile
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci
```

A credential that has been in an image must be replaced, not only removed.

## When it is wrong

Keys in tests and examples of libraries are told with low confidence. A key that everybody has (of a
test suite, of a self-signed example certificate) is no secret.

## Sources

- https://docs.docker.com/build/building/secrets/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Kind
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


def _check(facts: Facts) -> Iterator[Hit]:
    for one in facts.surface.credentials:
        told = f"it holds {_article(one.what)}"
        if one.removed:
            told += "; a later layer hides it, but it is still in the image"
        message = f"{told}; replace the credential, and use a build secret instead"
        severe = Severity.HIGH if one.certain else Severity.LOW
        sure = Confidence.HIGH if one.certain else Confidence.LOW
        made = facts.made(one.layer)
        yield Hit(message + made, one.path, one.layer, severity=severe, confidence=sure)


def _article(what: str) -> str:
    plural = what.endswith("s") or what.startswith(("a ", "an "))
    return what if plural or " as " in what or " for " in what else f"a {what}"


rule = ImageRule(
    Rule(
        "a file with credentials is in the image",
        Severity.HIGH,
        peers=("dockle CIS-DI-0010",),
    ),
    _check,
    kind=Kind.SECRET,
)
