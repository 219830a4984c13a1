"""An image that runs as root because nothing says otherwise.

## What it does
Looks for a final stage without any `USER`, in it and in the stages it starts from, on a base that
is known to run as root. A base with a user of its own (distroless `:nonroot`, Chainguard,
`nginx-unprivileged`) is silent, and so is one that is not known: see `unknown-user`.

## Why it matters
Root is what a container runs as unless told otherwise, and nearly nine of ten public Dockerfiles do
not say otherwise. Whoever takes over the process may then write to the whole file system, use every
capability the container was given, and is one kernel or runtime hole away from the host.

## Instead
```dockerfile
FROM debian:12-slim
COPY --chmod=755 server /usr/local/bin/server
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/server"]
```

## When it is wrong
It is one step lower where the image is only built upon (no `CMD`, `ENTRYPOINT`, `EXPOSE` or
`HEALTHCHECK` of its own), where it brings a program that gives up root at the start (`gosu`,
`su-exec`, `setpriv`), and where it starts as its base does and that is a server (`postgres`, `nginx`):
most of these give up root by themselves, once they have their ports and directories.

## Sources
https://docs.docker.com/reference/dockerfile/, "USER";
https://kubernetes.io/docs/concepts/security/pod-security-standards/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import insert
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

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change

_STARTS = frozenset({"CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK"})


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit if nothing sets a user and the base is known to run as root."""
    stage = facts.final
    if stage is None or stage.base is None:
        return
    user = user_of(stage, facts)
    if user.instruction is not None or not is_root(user.name):
        return
    root = (stage.root_image or stage.base.text).partition("@")[0]
    because = "nothing sets a USER" if root == "scratch" else f"no USER, and {root[:80]} sets none"
    told = {one.keyword for each in stage.lineage for one in each.instructions}
    base = facts.base(stage)
    server = base is not None and base.kind == "server" and not told & {"CMD", "ENTRYPOINT"}
    starts = bool(told & _STARTS) and not server
    dropped = drops_privileges(stage, facts)
    yield Hit(
        stage.base.span,
        f"the image runs as root: {because}; end with a user of its own, by number",
        _changes(stage, facts) if starts and not dropped else (),
        severity=None if starts and not dropped else Severity.LOW,
    )


def _changes(stage: Stage, facts: Facts) -> tuple[Change, ...]:
    if facts.shell_of(stage)[0] == "windows" or any(port < 1024 for port, _ in ports(stage)):
        return ()
    end = facts.file.line_span(last_filling(stage).last).end
    return (insert(end, f"{facts.file.newline.decode()}USER {NOBODY}"),)


rule = DockerfileRule(
    Rule(
        summary="the image runs as root, as no USER says otherwise",
        severity=Severity.MEDIUM,
        peers=(
            "trivy DS-0002", "checkov CKV_DOCKER_3", "semgrep missing-user",
            "semgrep missing-user-entrypoint", "dockle CIS-DI-0001",
        ),
        fix=Safety.UNSAFE,
    ),
    file=check,
)  # fmt: skip
