"""A program with the setuid or setgid bit that the distribution does not set by itself.

## What it does

Fires on files that somebody may execute and that have the setuid or setgid bit, unless the packages
of the distribution install them so (``data/privileged.toml``). If the distribution is not known, all of
them are told.

## Why it matters

Such a program runs with the rights of its owner, whoever calls it. A mistake in it makes anybody who
got in root.

## Instead

```dockerfile
RUN chmod a-s /usr/bin/tool
```

## When it is wrong

A package from the distribution that is not part of its base image may need the bit.

## Sources

- https://man7.org/linux/man-pages/man2/execve.2.html
- https://kubernetes.io/docs/concepts/security/pod-security-standards/ (``allowPrivilegeEscalation``)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._privileged import usual_privileged
from dunnage.rules.image._rule import Hit, ImageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


def _check(facts: Facts) -> Iterator[Hit]:
    usual = usual_privileged(facts)
    for one in facts.surface.privileged:
        if not one.mode & 0o6000 or one.path in usual:
            continue
        bits = " and ".join(
            word for bit, word in ((0o4000, "setuid"), (0o2000, "setgid")) if one.mode & bit
        )
        owner = f"user {one.owner}" if one.mode & 0o4000 else f"group {one.group}"
        severe = Severity.MEDIUM if one.mode & 0o4000 and not one.owner else Severity.LOW
        message = f"{bits} ({one.mode:04o}), it runs as {owner}; take the bit away with chmod a-s"
        yield Hit(message + facts.made(one.layer), one.path, one.layer, severity=severe)


rule = ImageRule(
    Rule(
        "a setuid or setgid program that the distribution does not have",
        Severity.MEDIUM,
        peers=("dockle CIS-DI-0008",),
    ),
    _check,
)
