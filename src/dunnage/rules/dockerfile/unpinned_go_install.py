"""Go programs that are installed without a version.

## What it does
Looks for `go install` and `go get` of a module path with `@latest` or another query that moves, and
for `go get` without one.

## Why it matters
Two builds of one Dockerfile give different programs, and a new release reaches the image unseen.
The module proxy keeps old versions, so that a version here does not break the build later.

## Instead
```dockerfile
RUN go install golang.org/x/vuln/cmd/govulncheck@v1.1.4
```

## Sources
https://go.dev/ref/mod#go-install, "Version queries".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._packages import call, each, names
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_MOVING = frozenset({"latest", "upgrade", "patch", "master", "main", "head", "HEAD"})


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call with a module that has no version."""
    del run, facts
    found = call(command)
    if found is None or found.does not in {"install", "get"}:
        return
    loose = tuple(
        word for word, text in each(found.packages) if _moves(text, get=found.does == "get")
    )
    if loose:
        yield Hit(loose[0].span, f"no version is given for {names(loose)}; write PATH@VERSION")


def _moves(text: str, *, get: bool) -> bool:
    path, at, version = text.partition("@")
    if at:
        return version in _MOVING
    # Without a version, install takes what go.mod says; get takes the newest.
    module = "." in path.partition("/")[0] and not path.startswith(".")
    return get and module


rule = DockerfileRule(
    Rule(
        summary="Go programs are installed without a version",
        severity=Severity.LOW,
        peers=("hadolint DL3062",),
    ),
    command=check,
    commands=("go",),
)
