"""An account without a password.

## What it does

Fires on entries of ``etc/passwd`` and ``etc/shadow`` whose second field is empty.

## Why it matters

Anybody can become that account with ``su`` or ``login``, without a password, if it has a shell.

## Instead

```dockerfile
RUN passwd --lock app
```

## Sources

- https://man7.org/linux/man-pages/man5/shadow.5.html
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
    for one in facts.surface.accounts:
        if one.trouble == "empty-password":
            message = f"{one.name} has an empty password; lock it with passwd --lock {one.name}"
            yield Hit(message + facts.made(one.layer), one.path, one.layer, one.line)


rule = ImageRule(
    Rule(
        "an account without a password",
        Severity.HIGH,
        peers=("dockle DKL-LI-0001",),
    ),
    _check,
)
