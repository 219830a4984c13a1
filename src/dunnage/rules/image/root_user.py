"""The image runs as root.

## What it does

Fires if the configured user is missing, ``root``, ``0`` in any spelling (``0:0``, ``root:root``,
``00``), or a name that the image's account file gives the number 0.

## Why it matters

Whoever breaks out of the application is root in the container, and anything that gets past the
container is root on the host unless user namespaces are used.

## Instead

```dockerfile
RUN useradd --uid 10001 app
USER 10001
```

## Sources

- https://github.com/opencontainers/image-spec/blob/main/config.md (``User``)
- https://docs.docker.com/reference/dockerfile/#user
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


def _check(facts: Facts) -> Iterator[Hit]:
    user = facts.image.user if facts.image else ""
    name = user.partition(":")[0].strip()
    doubles = {one.name for one in facts.surface.accounts if one.trouble == "root-id"}
    if not name:
        yield Hit("no user is configured, so it runs as root; set USER to a number above 0")
    elif name == "root" or (name.isascii() and name.isdigit() and not name.strip("0")):
        yield Hit(f"it runs as root (user {user[:80]!r}); set USER to a number above 0")
    elif name in doubles:
        yield Hit(f"it runs as {name!r}, which has the number 0 and so is root")


rule = ImageRule(
    Rule(
        "the image runs as root",
        Severity.MEDIUM,
        peers=("dockle CIS-DI-0001", "trivy DS-0002", "checkov CKV_DOCKER_8"),
    ),
    _check,
    image=True,
)
