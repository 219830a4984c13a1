"""An image that runs as root because its last ``USER`` says so.

## What it does
Looks at the last `USER` that holds at the end of the final stage, also one of a stage it starts
from, and tells whether it is the superuser in any spelling: `root`, `0`, `0:0`, `root:root`,
`ContainerAdministrator`. Variables are followed.

## Why it matters
Whoever takes over the process is root in the container: free to write to the whole file system, to
use every capability the container was given, and one kernel or runtime hole away from the host.
Kubernetes refuses such an image where a Pod asks for `runAsNonRoot`.

## Instead
```dockerfile
USER root
RUN apt-get update && apt-get install -y --no-install-recommends tini
USER 10001:10001
```

## When it is wrong
An entry point that gives up root by itself (`gosu`, `su-exec`, `setpriv`) is reported one step
lower, as the image still starts as root. Images that are only built upon may well stay with root.

## Sources
https://docs.docker.com/reference/dockerfile/, "USER";
https://kubernetes.io/docs/concepts/security/pod-security-standards/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import insert, replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._users import (
    NOBODY,
    drops_privileges,
    is_root,
    last_filling,
    ports,
    user_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change
    from dunnage.rules.dockerfile._users import User


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit if the last USER of the image is root."""
    stage = facts.final
    if stage is None:
        return
    user = user_of(stage, facts)
    if user.instruction is None or not is_root(user.name):
        return
    dropped = drops_privileges(stage, facts)
    told = "starts as root, though it can give that up" if dropped else "runs as root"
    yield Hit(
        user.instruction.args.whole,
        f"the image {told}: its last USER is {user.name}; end with a user of its own, by number",
        () if dropped else _changes(user, facts),
        severity=Severity.LOW if dropped else None,
    )


def _changes(user: User, facts: Facts) -> tuple[Change, ...]:
    stage, instruction = facts.final, user.instruction
    if stage is None or instruction is None or facts.shell_of(stage)[0] == "windows":
        return ()
    if any(port < 1024 for port, _ in ports(stage)):
        return ()
    last = last_filling(stage)
    if user.stage is stage and instruction.span.start > last.span.start:
        return (replace(instruction.args.whole, NOBODY),)
    end = facts.file.line_span(last.last).end
    return (insert(end, f"{facts.file.newline.decode()}USER {NOBODY}"),)


rule = DockerfileRule(
    Rule(
        summary="the image runs as root by its last USER",
        severity=Severity.MEDIUM,
        peers=(
            "hadolint DL3002", "trivy DS-0002", "checkov CKV_DOCKER_8", "semgrep last-user-is-root",
            "dockle CIS-DI-0001",
        ),
        fix=Safety.UNSAFE,
    ),
    file=check,
)  # fmt: skip
