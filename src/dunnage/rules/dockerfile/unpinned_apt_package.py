"""Debian packages that are installed without a version.

## What it does
Looks for `apt-get install` and `apt install` of names without `=VERSION` or `/RELEASE`. It is for
the pedantic.

## Why it matters
Two builds of one Dockerfile give different packages. But mind what a version does here: Debian and
Ubuntu keep one version of a package in a release, and drop it when a security update comes. A
version in the Dockerfile then breaks the build, or keeps the update away until somebody changes it.
A base image pinned by digest together with a snapshot of the archive gives the same packages each
time without either.

## Instead
```dockerfile
RUN apt-get update && apt-get install -y curl=7.88.1-10+deb12u12
```

## When it is wrong
Where the image is rebuilt often and its contents are recorded in an SBOM, leave versions out and
allow this rule.

## Sources
apt-get(8), "install"; https://snapshot.debian.org.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._packages import APT, call, each, is_file, names
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call with names that have no version."""
    del run, facts
    found = call(command)
    if found is None or found.does not in {"install", "reinstall"}:
        return
    loose = tuple(
        word
        for word, text in each(found.packages)
        if "=" not in text and "/" not in text and not is_file(text) and text[-1] not in "-~"
    )
    if loose:
        yield Hit(loose[0].span, f"no version is given for {names(loose)}; write NAME=VERSION")


rule = DockerfileRule(
    Rule(
        summary="Debian packages are installed without a version",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
        peers=("hadolint DL3008",),
    ),
    command=check,
    commands=APT,
)
