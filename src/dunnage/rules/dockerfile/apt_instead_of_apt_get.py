"""``apt`` in a build, where ``apt-get`` belongs.

## What it does
Looks for calls of `apt` in RUN instructions.

## Why it matters
`apt` is made for people at a terminal. Its manual says that its options, its output and its
behaviour may change between versions, and it prints a warning about that in every build.

## Instead
```dockerfile
RUN apt-get update && apt-get install -y --no-install-recommends curl
```

Both programs read the same configuration and solve dependencies with the same code. `apt` deletes
the archives it downloaded and `apt-get` does not; the official Debian and Ubuntu images delete them
in both cases. The change of an `install` that other linters then complain about (no version, no
`-y`) is marked unsafe, so that safe changes never make a new finding.

## Sources
apt(8), "Script usage and differences from other APT tools".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._packages import Call, call, is_file
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_SAME = frozenset({
    "install", "reinstall", "update", "upgrade", "full-upgrade", "remove", "purge", "autoremove",
    "autopurge", "clean", "autoclean", "build-dep", "source", "download", "changelog", "satisfy",
})  # fmt: skip
_CACHE = {"search": "apt-cache search", "show": "apt-cache show", "policy": "apt-cache policy",
          "depends": "apt-cache depends", "list": "dpkg-query --list"}  # fmt: skip


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call of apt."""
    del run
    found = call(command)
    does = found.does if found else ""
    span = command.name_span
    plain = facts.file.source(span) in {"apt", '"apt"', "/usr/bin/apt"}
    changes: tuple[Change, ...] = ()
    if plain and does in _SAME and command.form != "inside":
        changes = (replace(span, facts.file.source(span).replace("apt", "apt-get")),)
    better = _CACHE.get(does, "apt-get")
    yield Hit(
        span,
        f"the command line of apt may change between versions; use {better}",
        changes,
        fix=Safety.SAFE if found is None or _clean(command, found) else Safety.UNSAFE,
    )


def _clean(command: Command, found: Call) -> bool:
    """Tell whether the call has nothing that linters hold against apt-get only."""
    if found.does not in {"install", "reinstall"}:
        return True
    told = command.has("-y", "--yes", "--assume-yes") and command.has("--no-install-recommends")
    return told and all("=" in word.raw or is_file(word.raw) for word in found.packages)


rule = DockerfileRule(
    Rule(
        summary="apt is used where apt-get belongs",
        severity=Severity.LOW,
        peers=("hadolint DL3027", "checkov CKV_DOCKER_9", "semgrep prefer-apt-get"),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=("apt",),
)
