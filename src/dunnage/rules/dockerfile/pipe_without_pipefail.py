"""A pipe whose first commands may fail unseen.

## What it does
Reports pipes in `RUN` where the shell has no `pipefail`, unless what stands in front of the pipe
cannot fail (`echo`, `printf`). A pipe that starts with a download, an archive or a package manager
is a warning; others are for information.

## Why it matters
A pipe succeeds if its last command does: `curl ... | tar xz` fails with the download only by luck,
and `curl ... | sh` does nothing and succeeds.

## Instead
```dockerfile
FROM debian:13
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN curl -fsSL https://example.org/app.tar.gz | tar -xz -C /opt
```
On Alpine the shell is `/bin/ash`; it knows the option too. The `dash` of Debian and Ubuntu does not.

## When it is wrong
Where a command in the middle may fail on purpose, such as `grep` without a match.

## Sources
POSIX.1-2024, `set -o pipefail`; Dockerfile best practices, "Using pipes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import insert
from dunnage.rules.dockerfile._facts import POSIX
from dunnage.rules.dockerfile._flow import option_set
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short
from dunnage.rules.dockerfile._shells import BASH_AS_SH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._rule import Change

_SURE = frozenset({"echo", "printf", "yes", "true", ":"})
"""Commands that do not fail; ``yes`` even has to be cut off."""
_WEIGHTY = frozenset({
    "curl", "wget", "aria2c", "fetch", "git", "gpg", "tar", "unzip", "gunzip", "zcat", "xz", "bzip2",
    "zstd", "apt-get", "apt", "apk", "dnf", "yum", "microdnf", "pip", "pip3", "npm", "go", "cargo",
    "make", "openssl", "sha256sum", "sha512sum", "rpm", "dpkg", "cpio", "docker", "kubectl", "gem",
})  # fmt: skip
_STEADY = _SURE - {"yes"} | frozenset({
    "curl", "wget", "tar", "gunzip", "zcat", "xz", "bzip2", "zstd", "gpg", "cat", "sed", "tr", "cut",
    "sort", "base64", "jq", "tee", "openssl", "sha256sum", "sha512sum", "find", "awk", "uniq",
})  # fmt: skip
"""Commands that only fail if something is wrong."""
_SHORT = frozenset({"head", "grep", "egrep", "fgrep", "true", ":", "sed", "awk"})
"""Commands that may end before they have read everything, which kills what writes to them."""


def check(facts: Facts) -> Iterator[Hit]:
    """Give one hit for every RUN with a pipe."""
    runs: dict[int, list[Run]] = {}
    for run in facts.runs:
        if run.stage is not None and not run.trigger:
            runs.setdefault(run.stage.index, []).append(run)
    told: set[int] = set()
    for stage in facts.stages:
        own = runs.get(stage.index, [])
        found = [(run, risky) for run in own if (risky := _risky(run, facts))]
        parent = stage.parent is not None and stage.parent.index in told
        if found or parent:
            told.add(stage.index)
        if found:
            # The change of an earlier stage reaches those that rest on it.
            changes, safety = ((), Safety.NONE) if parent else _changes(stage, found, own, facts)
            yield from _hits(stage, found, changes, safety, facts)


def _hits(
    stage: Stage,
    found: list[tuple[Run, Command]],
    changes: tuple[Change, ...],
    safety: Safety,
    facts: Facts,
) -> Iterator[Hit]:
    ash = _ash(stage, facts)
    for run, command in found:
        name = short(command.name) or "its first command"
        bash = run.shell_name in {"sh", "dash"} and not ash
        yield Hit(
            command.span,
            f"the pipe succeeds even if {name} fails; set -o pipefail"
            + (", which needs SHELL with bash" if bash else ""),
            changes,
            safety,
            severity=None if command.name in _WEIGHTY else Severity.LOW,
        )


def _risky(run: Run, facts: Facts) -> Command | None:
    """Return the first command whose failure a pipe hides, the weighty ones first."""
    if run.shell != POSIX or not run.script.known:
        return None
    piped = [one for one in run.commands if one.piped and one.name not in _SURE]
    if not piped:
        return None
    first = next((one for one in piped if one.name in _WEIGHTY), piped[0])
    return None if option_set(run, facts, "", "pipefail", first.span.start) else first


def _ash(stage: Stage, facts: Facts) -> bool:
    base = facts.base(stage)
    return base is not None and base.distro == "alpine"


def _changes(
    stage: Stage, found: list[tuple[Run, Command]], own: list[Run], facts: Facts
) -> tuple[tuple[Change, ...], Safety]:
    """Return the change that gives the stage a shell with pipefail, and what is promised of it."""
    safety = Safety.SAFE if all(_steady(run) for run in own) else Safety.UNSAFE
    first = found[0][0]
    shells = {id(facts.shell_instruction(stage, run.instruction)) for run, _ in found}
    if len(shells) > 1:
        return (), Safety.NONE
    shell = facts.shell_instruction(stage, first.instruction)
    if shell is not None:
        words = shell.json or ()
        last = words[-1]
        known = first.shell_name in {"bash", "ash", "zsh", "ksh"}
        if not known or held(shell, stage) or len(words) < 2 or last.text != "-c":
            return (), Safety.NONE
        return (insert(last.span.start, '"-o", "pipefail", '),), safety
    base = facts.base(stage)
    if base is None or base.tier not in {"full", "slim", "alpine"}:
        return (), Safety.NONE
    if _ash(stage, facts):
        path = "/bin/ash"
    elif base.libc == "glibc":
        path = "/bin/bash"
        safety = safety if base.distro in BASH_AS_SH else Safety.UNSAFE
    else:
        return (), Safety.NONE
    above = first.instruction.above
    start = facts.file.line_span(above[0].line if above else first.instruction.line).start
    text = f'SHELL ["{path}", "-o", "pipefail", "-c"]{facts.file.newline.decode()}'
    return (insert(start, text),), safety


def _steady(run: Run) -> bool:
    """Tell whether no pipe of a RUN can fail where all is well."""
    cut = False
    for command in run.commands:
        if command.piped and command.name not in _STEADY:
            return False
        if cut and command.join == "|" and command.name in _SHORT:
            return False
        cut = command.piped
    return True


rule = DockerfileRule(
    Rule(
        summary="a pipe hides that its first command failed",
        severity=Severity.MEDIUM,
        peers=("hadolint DL4006", "semgrep set-pipefail"),
        fix=Safety.SAFE,
    ),
    file=check,
)
