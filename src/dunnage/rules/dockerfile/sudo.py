"""``sudo`` in a build.

## What it does
Looks for commands that `sudo` runs.

## Why it matters
A build is root unless `USER` says otherwise, so `sudo` does nothing there; it has no terminal to ask
for a password on, and it changes the environment and passes signals in its own way. To have it the
image must carry it, and there it is a set-user-id program that helps whoever breaks in.

## Instead
```dockerfile
USER root
RUN apt-get update && apt-get install -y --no-install-recommends git
USER 10001
```

## Sources
https://docs.docker.com/build/building/best-practices/, "USER"; sudo(8).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._users import is_root, named_by, user_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every RUN with sudo, at the first of them."""
    if b"sudo" not in facts.file.data:
        return
    users = facts.by_keyword.get("USER", [])
    starts = [one.span.start for one, _ in users]
    known: dict[int, bool] = {}
    for run in facts.runs:
        found = [one for one in run.commands if one.name == "sudo" or one.wrappers[:1] == ("sudo",)]
        if not found:
            continue
        # Who runs a step only changes with USER and with the stage, so it is asked once for each.
        at = bisect_left(starts, run.instruction.span.start) - 1
        stage = run.stage
        if stage is None or run.trigger:
            root = False
        elif at >= 0 and users[at][1] is stage:
            root = is_root(named_by(users[at][0], stage))
        else:
            if stage.index not in known:
                known[stage.index] = is_root(user_of(stage, facts, run.instruction).name)
            root = known[stage.index]
        yield _hit(found, root=root, facts=facts)


def _hit(found: list[Command], *, root: bool, facts: Facts) -> Hit:
    first = found[0]
    start = first.span.start
    plain = facts.file.data.startswith(b"sudo", start)
    many = f" ({len(found)} times)" if len(found) > 1 else ""
    advice = "the build is root here, so leave it out" if root else "set USER root before it"
    changes = [_change(one, facts) for one in found]
    known = tuple(one for one in changes if one is not None)
    return Hit(
        Span(start, start + 4) if plain else first.span,
        f"sudo in a build{many}; {advice}",
        known if root and len(known) == len(changes) else (),
    )


def _change(command: Command, facts: Facts) -> Change | None:
    """Return the change that leaves out ``sudo`` where it has no options of its own."""
    start = command.span.start
    data = facts.file.data
    if command.form != "shell" or not data.startswith((b"sudo ", b"sudo\t"), start):
        return None
    end = command.name_span.start
    return replace(Span(start, end), "") if data[start + 4 : end].isspace() else None


rule = DockerfileRule(
    Rule(
        summary="sudo in a build",
        severity=Severity.MEDIUM,
        peers=(
            "hadolint DL3004", "trivy DS-0010", "checkov CKV2_DOCKER_1",
            "semgrep no-sudo-in-dockerfile", "dockle DKL-DI-0001",
        ),
        fix=Safety.UNSAFE,
    ),
    file=check,
)  # fmt: skip
