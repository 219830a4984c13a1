"""``apt-get`` that waits for an answer.

## What it does
Looks for `apt-get install`, `upgrade` and their kin without `-y`, `--yes` or `--assume-yes`, and
without a configuration that says the same.

## Why it matters
A build has no terminal: `apt-get` asks, gets no answer, and the build fails or hangs, though only
once a package brings dependencies with it.

## Instead
```dockerfile
RUN apt-get update && apt-get install -y curl
```

## Sources
apt-get(8), option `--yes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_ASKING = frozenset({
    "install", "reinstall", "upgrade", "dist-upgrade", "full-upgrade", "remove", "purge",
    "autoremove", "autopurge", "build-dep",
})  # fmt: skip


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that would ask."""
    del facts
    verb = next((word for word in command.operands(("-t", "-o", "-c")) if word.text), None)
    if verb is None or verb.text not in _ASKING or _answered(command):
        return
    if any(one.name == "yes" and one.piped for one in run.before(command)[-1:]):
        return
    yield Hit(
        command.span,
        f"apt-get {verb.text} asks before it goes on; add -y",
        add_option(command, "-y", behind=verb),
    )


def _answered(command: Command) -> bool:
    if command.has("-y", "--yes", "--assume-yes", "-s", "--simulate", "--dry-run", "-d"):
        return True
    # ``-qq`` implies ``-y``; and an unknown word may be an option.
    quiet = sum(word.raw.count("q") for word in command.words if word.raw.startswith("-q"))
    told = any("assume-yes" in word.raw.lower() for word in command.words)
    return quiet > 1 or told or any(word.raw.startswith("$") for word in command.words[:2])


rule = DockerfileRule(
    Rule(
        summary="apt-get asks before it installs",
        severity=Severity.MEDIUM,
        peers=("hadolint DL3014", "trivy DS-0021", "semgrep missing-assume-yes-switch"),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=("apt-get",),
)
