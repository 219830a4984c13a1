"""``dnf`` or ``zypper`` that also installs what packages only recommend.

## What it does
Looks for `dnf install` without `--setopt=install_weak_deps=False`, and `zypper install` without
`--no-recommends`. It is for the pedantic.

## Why it matters
Weak dependencies are for a server that people log in to. In an image they are size, and code that
can be attacked.

## Instead
```dockerfile
RUN dnf install -y --setopt=install_weak_deps=False --nodocs nginx && dnf clean all
```

The change is unsafe: a program may miss what was only recommended.

## When it is wrong
Where the configuration of the base image says so already, as in UBI minimal. `microdnf` and `yum`
are left alone for that reason.

## Sources
dnf.conf(5), `install_weak_deps`; zypper(8), `--no-recommends`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._packages import call, unknown_options
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that brings weak dependencies."""
    del run
    found = call(command)
    if found is None or found.does not in {"install", "in"} or not found.packages:
        return
    zypper = command.name == "zypper"
    if any("weak_deps" in word.raw for word in command.words) or unknown_options(command):
        return
    if command.has("--no-recommends", "--recommends"):
        return
    if b"dnf.conf" in facts.file.data and b"install_weak_deps" in facts.file.data:
        return
    option = "--no-recommends" if zypper else "--setopt=install_weak_deps=False"
    yield Hit(
        Span(command.name_span.start, max(command.name_span.end, found.verb.span.end)),
        f"{command.name} {found.does} also installs recommended packages; add {option}",
        add_option(command, option, behind=found.verb),
    )


rule = DockerfileRule(
    Rule(
        summary="dnf also installs recommended packages",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
        fix=Safety.UNSAFE,
    ),
    command=check,
    commands=("dnf", "dnf5", "zypper"),
)
