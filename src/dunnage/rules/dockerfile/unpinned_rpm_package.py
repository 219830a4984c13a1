"""RPM packages that are installed without a version.

## What it does
Looks for `dnf install`, `yum install`, `microdnf install` and `zypper install` of names without a
version. It is for the pedantic.

## Why it matters
Two builds of one Dockerfile give different packages. But mind what a version does here: many
repositories drop a version when the next comes, and the build breaks; and security updates stay
out until somebody changes the Dockerfile.

## Instead
```dockerfile
RUN dnf install -y nginx-1.26.2 && dnf clean all
```

## When it is wrong
A name with a hyphen and a digit (`java-21-openjdk`) may be taken for a version, and is let pass.

## Sources
dnf(8), "Specifying Packages"; zypper(8), "install".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._packages import RPM, call, each, is_file, names
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_VERSION = pattern(r"-\d+[.:\w]*|-v\d|[=<>@]|^\(")


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call with names that have no version."""
    del run, facts
    found = call(command)
    wanted = {"install", "in", "reinstall"} if command.name == "zypper" else {"install"}
    if found is None or found.does not in wanted:
        return
    loose = tuple(
        word
        for word, text in each(found.packages)
        if not _VERSION.search(text) and not is_file(text)
    )
    if loose:
        form = "NAME=VERSION" if command.name == "zypper" else "NAME-VERSION"
        yield Hit(loose[0].span, f"no version is given for {names(loose)}; write {form}")


rule = DockerfileRule(
    Rule(
        summary="RPM packages are installed without a version",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
        peers=("hadolint DL3033", "hadolint DL3037", "hadolint DL3041"),
    ),
    command=check,
    commands=(*RPM, "zypper"),
)
