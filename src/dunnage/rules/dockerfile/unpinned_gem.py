"""Ruby gems that are installed without a version.

## What it does
Looks for `gem install NAME` without `--version` or `NAME:VERSION`.

## Why it matters
Two builds of one Dockerfile give different gems, and whatever is published under the name tonight
runs in the next build. RubyGems keeps old versions, so that a version here does not break the build
later.

## Instead
```dockerfile
RUN gem install --no-document bundler:2.5.22
```

## Sources
https://guides.rubygems.org/command-reference/#gem-install
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._packages import call, each, is_file, names
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call with names that have no version."""
    del run, facts
    found = call(command)
    if found is None or found.does not in {"install", "i"}:
        return
    if command.has("--version", "-v", "--file", "-g", "--local"):
        return
    loose = tuple(
        word
        for word, text in each(found.packages)
        if ":" not in text and not is_file(text) and not text.startswith(".")
    )
    if loose:
        yield Hit(loose[0].span, f"no version is given for {names(loose)}; write NAME:VERSION")


rule = DockerfileRule(
    Rule(
        summary="Ruby gems are installed without a version",
        severity=Severity.LOW,
        peers=("hadolint DL3028",),
    ),
    command=check,
    commands=("gem",),
)
