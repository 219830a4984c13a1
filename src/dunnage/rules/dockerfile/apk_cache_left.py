r"""The package index of ``apk`` stays in the image.

## What it does
Looks for `apk add`, `apk upgrade` and `apk update` without `--no-cache`, in stages that become an
image, if `/var/cache/apk` is neither removed before the RUN ends nor on a mount.

## Why it matters
The index is a few megabytes that the image does not use, and it is out of date soon. Removing it in
a later instruction frees nothing. `apk add --no-cache` fetches the index by itself, so that
`apk update` is not needed either.

## Instead
```dockerfile
RUN apk add --no-cache curl
```

Or keep it for the next build, out of the image:

```dockerfile
RUN --mount=type=cache,target=/var/cache/apk apk add curl
```

## When it is wrong
hadolint asks for `--no-cache` even where the cache is removed in the same RUN; this rule does not.

## Sources
apk(8), option `--no-cache`.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._cleanup import mounted, removed_after, ships
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._packages import call
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_CACHE = "/var/cache/apk"
_FEW = 3
"""Commands of a RUN that hadolint still wants joined with the RUN beside it."""


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that leaves the index."""
    found = call(command)
    if found is None or found.does not in {"add", "upgrade", "update"}:
        return
    if command.has("--no-cache", "--simulate", "-s", "--cache-dir", "--root", "-p", "--fetch"):
        return
    if any(word.raw.startswith("$") for word in command.words[:1]) and command.verb == "":
        return
    if not ships(run.stage, facts) or mounted(run, _CACHE, "/etc/apk/cache"):
        return
    if removed_after(command, run, facts, _CACHE):
        return
    span = Span(command.name_span.start, max(command.name_span.end, found.verb.span.end))
    if found.does == "update":
        yield Hit(
            span,
            "apk update leaves the index in the layer; take it away, apk add --no-cache needs none",
            _without(command, run, facts),
        )
        return
    yield Hit(
        span,
        f"apk {found.does} leaves the index in the layer; add --no-cache",
        add_option(command, "--no-cache", behind=found.verb),
    )


def _without(command: Command, run: Run, facts: Facts) -> tuple[Change, ...]:
    """Return the change that takes ``apk update &&`` away in front of another call of apk."""
    behind = run.after(command)[:1]
    if command.form != "shell" or command.guarded or command.piped or command.redirects:
        return ()
    if not behind or behind[0].join != "&&" or behind[0].guarded or behind[0].form != "shell":
        return ()
    following = call(behind[0]) if behind[0].name == "apk" else None
    if following is None or following.does not in {"add", "upgrade"}:
        return ()
    if len(run.commands) <= _FEW and run.instruction.line in facts.once(_beside):
        return ()
    gap = facts.file.data[command.span.end : behind[0].span.start]
    if gap.replace(facts.file.escape.encode(), b" ").split() != [b"&&"]:
        return ()
    return (Change(Span(command.span.start, behind[0].span.start), ""),)


def _beside(facts: Facts) -> frozenset[int]:
    """Return the lines of instructions with a RUN in front or behind."""
    found = set()
    for stage in facts.stages:
        for one, other in itertools.pairwise(stage.instructions):
            if one.keyword == "RUN":
                found.add(other.line)
            if other.keyword == "RUN":
                found.add(one.line)
    return frozenset(found)


rule = DockerfileRule(
    Rule(
        summary="the package index of apk stays in the image",
        severity=Severity.LOW,
        peers=(
            "hadolint DL3019",
            "trivy DS-0025",
            "dockle DKL-DI-0004",
            "semgrep missing-no-cache",
        ),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=("apk",),
)
