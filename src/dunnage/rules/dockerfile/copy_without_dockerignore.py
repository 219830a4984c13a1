"""The whole context is copied, and nothing says what to leave out.

## What it does
Looks for `COPY . ...` and `ADD . ...` where the context has no `.dockerignore`, or has one that lets
`.git` through. It needs the build context.

## Why it matters
The image then holds whatever lies in the directory: the history of the repository with all that was
ever deleted from it, local settings, logs, the results of local builds. And every change of any of
these files builds the step and all that follow anew.

## Instead
A `.dockerignore` beside the Dockerfile:
```text
.git
.env
node_modules
```

## When it is wrong
Without `.git` in the context a missing `.dockerignore` is low. Only the first copy is reported.

## Sources
https://docs.docker.com/build/concepts/context/, "dockerignore files".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._credentials import whole_context
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit at the first copy of the whole context, if it takes too much along."""
    context = facts.context
    if context is None:
        return
    copies = [
        (word.span, one.keyword)
        for key in ("COPY", "ADD")
        for one, _ in facts.by_keyword.get(key, ())
        if (word := whole_context(one)) is not None
    ]
    if not copies:
        return
    span, keyword = min(copies)
    with_git = context.exists(".git")
    if not context.has_ignore_file:
        git = ", .git among it," if with_git else ""
        message = f"{keyword} takes the whole context{git} and there is no .dockerignore; write one"
        yield Hit(span, message, severity=None if with_git else Severity.LOW)
    elif with_git:
        yield Hit(span, f"{keyword} takes .git along; name it in .dockerignore")


rule = DockerfileRule(
    Rule(
        summary="the whole context is copied without leaving anything out",
        severity=Severity.MEDIUM,
    ),
    file=check,
    context=True,
)
