"""Node packages that are installed without a version.

## What it does
Looks for `npm install NAME`, `yarn add`, `yarn global add`, `pnpm add` and `bun add` of names
without `@VERSION`, or with a tag that moves (`@latest`, `@next`). Paths and addresses are left
alone.

## Why it matters
Two builds of one Dockerfile give different packages, and whatever is published under the name
tonight runs in the next build. The npm registry keeps old versions, so that a version here does not
break the build later.

## Instead
```dockerfile
RUN npm install --global pnpm@9.15.0
```

## Sources
npm-install(1), "npm install [<@scope>/]<name>@<version>".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._node import NODE, installs
from dunnage.rules.dockerfile._packages import each, is_file, names
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_MOVING = pattern(r"^@?[^@]+@(?:latest|next|canary|beta|alpha|rc|nightly|dev|\*|x)?$")
_OTHER = pattern(r"^(?:git[+:@]|file:|link:|workspace:|github:|[\w.-]+/[\w.-]+#)|^\.")


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call with names that have no version."""
    del run, facts
    found = installs(command)
    if found is None or found.kind != "named":
        return
    loose = tuple(
        word
        for word, text in each(found.packages)
        if ("@" not in text[1:] or _MOVING.match(text))
        and not is_file(text)
        and not _OTHER.match(text)
    )
    if loose:
        yield Hit(loose[0].span, f"no version is given for {names(loose)}; write NAME@VERSION")


rule = DockerfileRule(
    Rule(
        summary="Node packages are installed without a version",
        severity=Severity.LOW,
        peers=("hadolint DL3016",),
    ),
    command=check,
    commands=NODE,
)
