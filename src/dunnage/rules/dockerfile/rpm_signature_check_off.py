"""RPM packages are installed without checking signatures or certificates.

## What it does
Looks for `--nogpgcheck`, `--setopt=gpgcheck=0`, `--setopt=sslverify=0`, `rpm --nosignature`,
`--nodigest`, `--nofiledigest` and `--noverify`, `zypper --no-gpg-checks`, and for `gpgcheck=0`,
`repo_gpgcheck` left aside, and `sslverify=0` in what a RUN instruction writes.

## Why it matters
The signature is the only thing that says who made a package. Without the check, whoever sits
between the build and a mirror decides what is installed, as root.

## Instead
```dockerfile
RUN rpm --import https://example.com/RPM-GPG-KEY && dnf install -y app && dnf clean all
```

The change takes the option away. A build that worked without a key then fails, and nothing else
changes.

## Sources
dnf(8), `--nogpgcheck`; dnf.conf(5), `gpgcheck` and `sslverify`; rpm(8), `--nosignature`; zypper(8),
`--no-gpg-checks`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._flags import drop, off, options, valued
from dunnage.rules.dockerfile._packages import RPM
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_FLAGS = {
    **dict.fromkeys((*RPM, "yum-config-manager"), ("--nogpgcheck", "--no-gpgchecks")),
    "rpm": ("--nosignature", "--nodigest", "--nofiledigest", "--noverify"),
    "zypper": ("--no-gpg-checks",),
}
_SETTING = pattern(r"(?:^|\.)(pkg_gpgcheck|gpgcheck|sslverify|localpkg_gpgcheck)$")
_WRITTEN = pattern(r"(?:\b|\\n)(gpgcheck|sslverify)[ \t]*=[ \t]*(0|false|no|off)\b", re.IGNORECASE)
_WRITERS = ("sed", "echo", "printf")


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every check that is switched off."""
    del run
    if command.name in _WRITERS:
        yield from _written(command)
        return
    for found in options(command, *_FLAGS[command.name]):
        yield Hit(
            found.word.span,
            f"{found.name} installs packages without checking who made them; import their key",
            drop(facts, command, found),
        )
    for named, value in valued(command, "--setopt"):
        key, _, setting = (value or "").partition("=")
        match = _SETTING.search(key.strip())
        if match and off(setting):
            word = named.value or named.word
            yield Hit(
                word.span,
                f"{match[1]}={setting} switches a check off; take it away",
                drop(facts, command, named),
            )


def _written(command: Command) -> Iterator[Hit]:
    for word in command.words:
        found = [*_WRITTEN.finditer(word.raw)]
        # In a replacement of sed, what comes last is what is written.
        if found and not (command.name == "sed" and _turned_on(word.raw)):
            yield Hit(
                word.span,
                f"{found[-1][1].lower()}={found[-1][2]} switches a check off for a repository; "
                "leave it on and import the key",
            )


def _turned_on(raw: str) -> bool:
    return bool(re.search(r"=[ \t]*(?:1|true|yes)\W{0,3}g?[\"']?$", raw))


rule = DockerfileRule(
    Rule(
        summary="RPM packages are installed without checking who made them",
        severity=Severity.HIGH,
        peers=("checkov CKV2_DOCKER_9", "checkov CKV2_DOCKER_10", "checkov CKV2_DOCKER_15"),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=(*_FLAGS, *_WRITERS),
)
