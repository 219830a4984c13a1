r"""The package index is refreshed in one RUN instruction and used in another.

## What it does
Looks for a RUN instruction with `apt-get update`, `apk update` or `zypper refresh` in which nothing
is installed afterwards.

## Why it matters
Each RUN is cached by itself. Months later the cached layer with the old index is used for a new
package: the build fails because the archive has dropped that version, or it installs an old one
with known vulnerabilities.

## Instead
```dockerfile
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/*
```

If the next instruction is a plain RUN that installs, the change makes one of the two.

## When it is wrong
A script that installs packages is not looked into; a RUN that runs one is passed over.

## Sources
https://docs.docker.com/build/building/best-practices/, "apt-get".
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._packages import APT, call
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_REFRESH = {
    **dict.fromkeys(APT, frozenset({"update"})),
    "apk": frozenset({"update"}),
    "zypper": frozenset({"refresh", "ref"}),
}
_IDLE = frozenset({
    "rm", "echo", "true", ":", "mkdir", "touch", "set", "export", "cd", "ln", "cp", "mv", "chmod",
    "chown", "sed", "printf", "date", "find", "cat", "tee", "ls", "grep",
})  # fmt: skip
_MOST = 10
"""Commands of a RUN that is joined with the next."""
_TIDY = frozenset({"clean", "autoclean", "update", "autoremove", "refresh", "ref", "cache"})


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every refresh after which nothing is installed."""
    for command in reversed(run.commands):
        if not _idle(command):
            return
        found = call(command) if command.name in _REFRESH else None
        if found is None or found.does not in _REFRESH[command.name]:
            continue
        if command.guarded or command.piped:
            continue
        yield Hit(
            Span(command.name_span.start, max(command.name_span.end, found.verb.span.end)),
            f"{command.name} {found.does} in a RUN of its own is cached and used when it is old; "
            "install in the same RUN",
            _merged(run, facts) if len(run.commands) <= _MOST else (),
        )


def _idle(command: Command) -> bool:
    """Tell whether a command surely installs nothing."""
    if command.name in _IDLE:
        return True
    if command.name not in _REFRESH:
        return False
    found = call(command)
    return found is None or found.does in _TIDY


def _merged(run: Run, facts: Facts) -> tuple[Change, ...]:
    """Return the change that joins the RUN with the next instruction, if that is certain."""
    if run.stage is None or run.trigger:
        return ()
    following = facts.once(_next_runs).get(run.instruction.line)
    if following is None or not _plain(run) or not _plain(following):
        return ()
    if not all(one.name in _REFRESH for one in run.commands) or not _installs(run, following):
        return ()
    last, first = run.commands[-1], following.commands[0]
    gap = facts.file.data[last.span.end : first.span.start]
    if gap.split() != [following.instruction.written.encode()]:
        return ()
    joint = f" && {facts.file.escape}{facts.file.newline.decode()}    "
    return (Change(Span(last.span.end, first.span.start), joint),)


def _next_runs(facts: Facts) -> dict[int, Run]:
    """Return the RUN that is the next instruction, by the line of the one before."""
    by_line = {run.instruction.line: run for run in facts.runs if not run.trigger}
    found: dict[int, Run] = {}
    for stage in facts.stages:
        for one, other in itertools.pairwise(stage.instructions):
            if other.keyword == "RUN" and other.line in by_line:
                found[one.line] = by_line[other.line]
    return found


def _plain(run: Run) -> bool:
    """Tell whether a RUN is one list of commands, each after the one before it succeeded."""
    instruction = run.instruction
    if instruction.flags or instruction.heredocs or not run.script.known or not run.commands:
        return False
    return all(
        one.form == "shell" and not one.guarded and not one.negated and one.join in {"", "&&", "|"}
        for one in run.commands
    )


def _installs(run: Run, following: Run) -> bool:
    """Tell whether a RUN installs from an index that it does not refresh itself."""
    names = {one.name for one in run.commands}
    for command in following.commands:
        found = call(command) if command.name in _REFRESH else None
        if found is None:
            continue
        if found.does in _REFRESH[command.name]:
            return False
        if found.does in {"install", "add", "in"} and (command.name in names or names < {*APT}):
            return True
    return False


rule = DockerfileRule(
    Rule(
        summary="the package index is refreshed in a RUN of its own",
        severity=Severity.MEDIUM,
        peers=("trivy DS-0017", "checkov CKV_DOCKER_5", "dockle CIS-DI-0007"),
        fix=Safety.SAFE,
    ),
    run=check,
    needs=tuple(_REFRESH),
)
