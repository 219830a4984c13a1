"""All packages of the base image are upgraded during the build.

## What it does
Looks for `apt-get upgrade` and `dist-upgrade`, `apk upgrade`, `yum update`, `dnf upgrade`,
`zypper update` and their kin without names of packages. It is for the pedantic.

## Why it matters
Every upgraded package is in the image twice: in the layer of the base and in the new one. And the
upgrade is as old as the cached layer, so that it gives little protection. A newer base image brings
the same fixes once.

## Instead
```dockerfile
FROM debian:12-slim@sha256:...
```

Raise the digest regularly (bots do it), or upgrade the one package that has the fix you need.

## When it is wrong
Where the base is rebuilt rarely and images are built without cache, an upgrade is the way to get
security fixes. Allow the rule there.

## Sources
https://docs.docker.com/build/building/best-practices/, "Rebuild your images often".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._packages import APT, RPM, call
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_ALL = {
    **dict.fromkeys(
        APT, frozenset({"upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"})
    ),
    **dict.fromkeys(
        RPM,
        frozenset({
            "update", "upgrade", "distro-sync", "distribution-synchronization", "dsync",
            "upgrade-minimal", "update-minimal", "up",
        }),
    ),
    "apk": frozenset({"upgrade"}),
    "zypper": frozenset({"update", "up", "dist-upgrade", "dup", "patch"}),
}  # fmt: skip


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every upgrade of all packages."""
    del run, facts
    found = call(command)
    if found is None or found.does not in _ALL[command.name] or found.packages:
        return
    yield Hit(
        Span(command.name_span.start, max(command.name_span.end, found.verb.span.end)),
        f"{command.name} {found.does} puts packages of the base image into the image twice; "
        "use a newer base",
    )


rule = DockerfileRule(
    Rule(
        summary="all packages of the base image are upgraded",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
        peers=(
            "hadolint DL3035",
            "trivy DS-0024",
            "dockle DKL-DI-0003",
            "semgrep avoid-apt-get-upgrade",
        ),
    ),
    command=check,
    commands=tuple(_ALL),
)
