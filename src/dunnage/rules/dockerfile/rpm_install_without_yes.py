"""``dnf``, ``yum``, ``microdnf`` or ``zypper`` that waits for an answer.

## What it does
Looks for calls that install, remove or upgrade without `-y`, `--yes`, `--assumeyes`,
`--setopt=assumeyes=1`, or for `zypper` without `--non-interactive` (`-n`) or `-y`.

## Why it matters
A build has no terminal: the program asks, gets no answer, and the build fails.

## Instead
```dockerfile
RUN dnf install -y --setopt=install_weak_deps=False nginx && dnf clean all
```

## Sources
dnf(8), option `--assumeyes`; zypper(8), "Global options", `--non-interactive`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._packages import RPM, call, unknown_options
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_CONFIGURED = pattern(
    rb"\bassumeyes[ \t]*=[ \t]*(?:1|true|yes)\b[^\n]*(?:dnf|yum|microdnf)\.conf", re.IGNORECASE
)
_ASKING = frozenset({
    "install", "reinstall", "downgrade", "erase", "remove", "autoremove", "update", "upgrade",
    "groupinstall", "localinstall", "distro-sync", "swap", "upgrade-minimal", "update-minimal",
    "builddep", "in",
})  # fmt: skip
_ZYPPER = frozenset({
    "install", "in", "remove", "rm", "update", "up", "dist-upgrade", "dup", "patch",
    "source-install", "si", "install-new-recommends", "inr",
})  # fmt: skip


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that would ask."""
    found = call(command)
    zypper = command.name == "zypper"
    if found is None or found.does not in (_ZYPPER if zypper else _ASKING):
        return
    if command.has("-y", "--yes", "--assumeyes", "--assume-yes", "--assumeno", "--downloadonly"):
        return
    if zypper and command.has("-n", "--non-interactive", "--no-confirm", "--dry-run", "-D"):
        return
    if any("assumeyes" in word.raw for word in command.words) or unknown_options(command):
        return
    if any(one.name == "yes" and one.piped for one in run.before(command)[-1:]):
        return
    if b"assumeyes" in facts.file.data and _CONFIGURED.search(facts.file.data):
        return
    option = "--non-interactive" if zypper else "-y"
    behind = None if zypper else found.verb
    yield Hit(
        Span(command.name_span.start, max(command.name_span.end, found.verb.span.end)),
        f"{command.name} {found.does} asks before it goes on; add {option}",
        add_option(command, option, behind=behind),
    )


rule = DockerfileRule(
    Rule(
        summary="an RPM package manager asks before it goes on",
        severity=Severity.MEDIUM,
        peers=(
            "hadolint DL3030", "hadolint DL3034", "hadolint DL3038",
            "semgrep missing-assume-yes-switch", "semgrep missing-yum-assume-yes-switch",
            "semgrep missing-zypper-no-confirm-switch",
        ),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=(*RPM, "zypper"),
)  # fmt: skip
