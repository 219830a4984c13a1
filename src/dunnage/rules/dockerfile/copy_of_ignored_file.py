"""A file is copied that ``.dockerignore`` leaves out.

## What it does
Looks for sources of `COPY` and `ADD` that `.dockerignore` excludes. It needs the build context.

## Why it matters
The builder does not see the file: the build fails, or, with a pattern or a directory, the image
silently lacks it.

## Instead
Make an exception in `.dockerignore`, after the line that excludes it:
```text
dist
!dist/server.js
```

## Sources
https://docs.docker.com/reference/build-checks/copy-ignored-file/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._credentials import sources
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every source that is excluded."""
    context = facts.context
    if context is None or stage is None or not context.has_ignore_file:
        return
    if instruction.flag("from") is not None:
        return
    for word in sources(instruction):
        told = stage.expanded(word.text, instruction)
        path = (told.value or "").strip("/").removeprefix("./")
        if not path or told.undefined or path == "." or set("*?[:") & {*path}:
            continue
        if context.ignored(path) and not context.exists(path):
            message = f".dockerignore leaves {path[:60]} out, so the builder does not see it"
            yield Hit(word.span, message)


rule = DockerfileRule(
    Rule(
        summary="a file is copied that .dockerignore leaves out",
        severity=Severity.MEDIUM,
        peers=("buildkit CopyIgnoredFile",),
    ),
    instruction=check,
    keywords=("COPY", "ADD"),
    context=True,
)
