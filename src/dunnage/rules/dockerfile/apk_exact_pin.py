"""An Alpine package is pinned to one build, which its branch will drop.

## What it does
Looks for `apk add NAME=VERSION-rN`, the exact version with its build number.

## Why it matters
A branch of Alpine keeps one build of each package. As soon as the package is rebuilt or updated,
the build of the image fails: "unable to select packages". This mostly happens when there is a
security fix. `~=` keeps the version and takes any build of it.

## Instead
```dockerfile
RUN apk add --no-cache curl~=8.9.1
```

Shorten the version (`~=8.9`) to take security updates as well.

## When it is wrong
Where packages come from a mirror that keeps everything, an exact pin holds.

## Sources
apk-world(5), "Package name and version constraints"; Alpine's releases, "Repositories".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._packages import call, each, is_file
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_EXACT = pattern(r"^([A-Za-z0-9][\w.+:-]*(?:@[\w-]+)?)=(\d[\w.+]*)-r(\d+)(@[\w-]+)?$")


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every package with an exact build."""
    del run
    found = call(command)
    if found is None or found.does != "add":
        return
    for word, text in each(found.packages):
        match = _EXACT.match(text)
        if match is None or is_file(match[1]):
            continue
        name, version, build, tag = match.groups()
        better = f"{name}~={version}{tag or ''}"
        changes: tuple[Change, ...] = ()
        source = facts.file.source(word.span)
        if command.form != "inside" and source.count(text) == 1:
            changes = (replace(word.span, source.replace(text, better)),)
        yield Hit(
            word.span,
            f"{name}={version}-r{build} breaks the build once the branch has a newer one; "
            f"write {better}",
            changes,
        )


rule = DockerfileRule(
    Rule(
        summary="an Alpine package is pinned to one build",
        severity=Severity.LOW,
        fix=Safety.SAFE,
    ),
    command=check,
    commands=("apk",),
)
