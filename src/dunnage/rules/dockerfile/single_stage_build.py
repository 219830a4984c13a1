"""An application that is built in the stage that is shipped.

## What it does
Looks for commands that compile or bundle the application (Go, Rust, Java, .NET, C and C++, Swift,
TypeScript, webpack, Vite) in a stage that makes up the image, after its source was copied there. Only
images that start something count.

## Why it matters
The image ships compiler, source, build cache and development dependencies along with a program that
needs none of them: ten times the size, hundreds of packages more to keep free of vulnerabilities, and
all the tools for whoever breaks in.

## Instead
```dockerfile
FROM golang:1.23 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /server .
FROM gcr.io/distroless/static:nonroot
COPY --from=build /server /server
ENTRYPOINT ["/server"]
```

## When it is wrong
Images to develop or to test in. Bundled applications, which an interpreter still runs, are one step
lower. Software of others that is fetched and compiled in one step is not meant: the source has to
come from the build context.

## Sources
https://docs.docker.com/build/building/multi-stage/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._building import COMPILED, built, starts
from dunnage.rules.dockerfile._credentials import sources
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._building import Built
    from dunnage.rules.dockerfile._facts import Facts, Run

_FETCHING = frozenset({"curl", "wget", "git", "tar", "unzip", "docker-php-source", "svn", "hg"})
_C_SOURCE = pattern(
    r"^(?:\./?|/|\*)$|\.(?:c|cc|cpp|cxx|h)$|(?:^|/)(?:src|source|Makefile|CMake\S*)/?$"
)


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for the first command that builds the application in a shipped stage."""
    if facts.final is None or not starts(facts.final):
        return
    for run in facts.runs_of(*facts.shipped):
        for command in run.commands:
            if command.name in COMPILED and (found := built(command)) is not None:
                yield from _judged(found, command, run, facts)
                return


def _judged(found: Built, command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    if not _own_source(found, run, facts):
        return
    if any(one.name in _FETCHING for one in run.before(command)):
        return
    verb = "bundled" if found.bundled else "compiled"
    yield Hit(
        command.span,
        f"the {found.title} application is {verb} in the stage that is shipped, with its tools and "
        "source; build it in a stage of its own and copy the result",
        severity=Severity.LOW if found.bundled else None,
    )


def _own_source(found: Built, run: Run, facts: Facts) -> bool:
    """Tell whether source of the build context was copied before, or is mounted."""
    if any(not mount.get("from") for mount in run.mounts("bind")):
        return True
    return any(
        one.keyword in {"COPY", "ADD"}
        and one.flag("from") is None
        and one.span.start < run.instruction.span.start
        and any(_is_source(found, word.text) for word in sources(one))
        for stage in facts.shipped
        for one in stage.instructions
    )


def _is_source(found: Built, text: str) -> bool:
    if text.startswith(("http://", "https://")):
        return False
    # A script beside the Dockerfile is no program in C; a file of any name may be one in Go.
    return found.language != "c" or bool(_C_SOURCE.search(text.strip("\"'")))


rule = DockerfileRule(
    Rule(
        summary="the application is built in the stage that is shipped",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
    ),
    file=check,
)
