"""A layer holds bytes that no container sees.

## What it does

Compares all layers with the tree of files they make. Fires for every pair of layers of which one made
1 MB or more of the other useless, and tells why: the files were deleted, written again, or only got
other permissions or another owner.

## Why it matters

The bytes are stored, transferred and unpacked all the same. Deleted secrets are among them.

## Instead

Delete in the instruction that makes the file, and set owner and mode when copying:

```dockerfile
RUN curl -o x.tgz https://example.com/x.tgz && tar xf x.tgz && rm x.tgz
COPY --chown=10001 app /app
```

## Sources

- https://github.com/opencontainers/image-spec/blob/main/layer.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


_LEAST = 1_000_000
"""Bytes from which it is worth a word."""
_WHY = {
    "deleted": "deleted",
    "overwritten": "written again",
    "metadata-only": "given other permissions or another owner",
}
_INSTEAD = {
    "deleted": "delete them in the instruction that makes them",
    "overwritten": "write them once",
    "metadata-only": "set owner and mode when they are made (COPY --chown, --chmod)",
}


def _check(facts: Facts) -> Iterator[Hit]:
    for one in facts.surface.waste:
        if one.size < _LEAST:
            continue
        files = f"{one.files:,} files" if one.files > 1 else "a file"
        where = f"in layer {one.by}" if one.by != one.layer else "in the same layer"
        message = (
            f"{one.size / 1e6:,.1f} MB of layer {one.layer} are useless: {files} were"
            f" {_WHY.get(one.cause, one.cause)} {where}{facts.made(one.by)};"
            f" {_INSTEAD.get(one.cause, 'write them once')}"
        )
        if one.files <= 1:
            message = message.replace(" were ", " was ", 1)
        yield Hit(message, one.path, one.layer)


rule = ImageRule(
    Rule("a layer holds bytes that no container sees", Severity.LOW),
    _check,
    image=True,
)
