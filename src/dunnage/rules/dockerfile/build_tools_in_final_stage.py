"""Compilers and headers that stay in the image.

## What it does
Looks for the installation of compilers, build systems and headers in stages that make up the image,
where the same `RUN` does not remove them again. Images that start nothing (no `CMD`, no
`ENTRYPOINT`) are taken for images to build in.

## Why it matters
They are hundreds of megabytes that the program never uses, they have vulnerabilities of their own,
and they let whoever breaks in build tools on the spot. To remove them in a later `RUN` frees nothing.

## Instead
```dockerfile
FROM python:3.12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev
RUN pip wheel --wheel-dir /wheels psycopg2
FROM python:3.12-slim
RUN --mount=from=build,source=/wheels,target=/wheels pip install /wheels/*.whl
CMD ["server"]
```

## When it is wrong
Programs that compile when they run need a compiler. Headers alone are one step lower. `git` is not
counted: many programs call it. Where the stage also builds the application itself,
`single-stage-build` says so instead.

## Sources
https://docs.docker.com/build/building/multi-stage/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._building import (
    MANAGERS,
    build_tools,
    built,
    is_strong,
    package_name,
    removed,
    starts,
)
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_SHOWN, _MOST = 4, 100


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every installation of build tools that stay."""
    if facts.final is None or not starts(facts.final):
        return
    runs = facts.runs_of(*facts.shipped)
    found = ((one, run) for run in runs for one in run.commands if one.name in MANAGERS)
    tools = [(one, run) for one, run in found if build_tools(one)][:_MOST]
    if not tools or any(built(one) for run in runs for one in run.commands):
        return
    for command, run in tools:
        yield from _staying(command, run)


def _staying(command: Command, run: Run) -> Iterator[Hit]:
    tools = build_tools(command)
    names = {package_name(word) for word in tools}
    left = names - removed(run, command, names)
    kept = [word for word in tools if package_name(word) in left]
    if not kept:
        return
    shown = ", ".join(package_name(word) for word in kept[:_SHOWN])
    more = f" and {len(kept) - _SHOWN} more" if len(kept) > _SHOWN else ""
    strong = any(is_strong(package_name(word)) for word in kept)
    yield Hit(
        kept[0].span,
        f"{shown}{more} stay{'' if len(kept) > 1 else 's'} in the image; build in a stage of its own",
        severity=None if strong else Severity.LOW,
    )


rule = DockerfileRule(
    Rule(
        summary="compilers or headers stay in the image",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
    ),
    file=check,
)
