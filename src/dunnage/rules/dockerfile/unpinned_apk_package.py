"""Alpine packages that are installed without a version.

## What it does
Looks for `apk add` of names without `=VERSION`, `~=VERSION` or another bound. It is for the
pedantic.

## Why it matters
Two builds of one Dockerfile give different packages. But mind what a version does here: a branch of
Alpine keeps one build of each package. An exact version breaks the build as soon as the package is
updated; a prefix (`~=`) survives that.

## Instead
```dockerfile
RUN apk add --no-cache curl~=8.9
```

## When it is wrong
Where the base image is pinned by digest and the contents of the image are recorded in an SBOM,
leave versions out and allow this rule.

## Sources
apk-world(5), "Package name and version constraints".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._packages import call, each, is_file, names
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_BOUND = pattern(r"[=<>~]")


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call with names that have no version."""
    del run, facts
    found = call(command)
    if found is None or found.does != "add":
        return
    loose = tuple(
        word
        for word, text in each(found.packages)
        if not _BOUND.search(text) and not is_file(text) and not text.startswith(("!", "."))
    )
    if loose:
        yield Hit(loose[0].span, f"no version is given for {names(loose)}; write NAME~=VERSION")


rule = DockerfileRule(
    Rule(
        summary="Alpine packages are installed without a version",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
        peers=("hadolint DL3018",),
    ),
    command=check,
    commands=("apk",),
)
