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
from dunnage.rules.dockerfile._flow import option_set, shell_instruction
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


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give one hit for every RUN with a pipe."""
    found = [(run, risky) for run in facts.runs_of(stage) if (risky := _risky(run, facts))]
    if not found:
        return
    changes, safety = _changes(stage, [run for run, _ in found], facts)
    for run, command in found:
        name = short(command.name) or "its first command"
        shell = "" if run.shell_name not in {"sh", "dash"} else ", which needs SHELL with bash"
        if _ash(stage, facts):
            shell = ""
        yield Hit(
            command.span,
            f"the pipe succeeds even if {name} fails; set -o pipefail{shell}",
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
    return None if option_set(run, facts, "", "pipefail", first) else first


def _ash(stage: Stage, facts: Facts) -> bool:
    base = facts.base(stage)
    return base is not None and base.distro == "alpine"


def _changes(stage: Stage, runs: list[Run], facts: Facts) -> tuple[tuple[Change, ...], Safety]:
    """Return the change that gives the stage a shell with pipefail, and what is promised of it."""
    if any(_risky(run, facts) for one in stage.lineage[1:] for run in facts.runs_of(one)):
        return (), Safety.NONE  # The change of the earlier stage reaches this one.
    behaves = all(_steady(run) for run in facts.runs_of(stage))
    safety = Safety.SAFE if behaves else Safety.UNSAFE
    first = runs[0]
    shells = {id(shell_instruction(stage, run.instruction, facts)) for run in runs}
    if len(shells) > 1:
        return (), Safety.NONE
    shell = shell_instruction(stage, first.instruction, facts)
    if shell is not None:
        words = shell.json or ()
        last = words[-1]
        known = first.shell_name in {"bash", "ash", "zsh", "ksh"}
        if not known or shell not in stage.instructions or len(words) < 2 or last.text != "-c":
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
    stage=check,
)
