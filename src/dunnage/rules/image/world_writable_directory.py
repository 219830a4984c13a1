"""A directory everybody may write to, without the sticky bit.

## What it does

Fires on directories with the mode ``o+w`` that lack the sticky bit. ``/tmp`` and the like have it.

## Why it matters

Any process in the container can replace the files of any other there, also programs and
configuration that root uses.

## Instead

```dockerfile
RUN chown app /srv/data && chmod 750 /srv/data
```

Where everybody must write, ``chmod 1777`` keeps them from each other's files.

## Sources

- https://man7.org/linux/man-pages/man7/inode.7.html (the sticky bit)
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
    for one in facts.surface.open_directories:
        message = f"everybody may write there ({one.mode:04o}); use chmod o-w, or 1777 if all must"
        yield Hit(message + facts.made(one.layer), one.path, one.layer)


rule = ImageRule(
    Rule("a directory everybody may write to, without the sticky bit", Severity.MEDIUM),
    _check,
)
