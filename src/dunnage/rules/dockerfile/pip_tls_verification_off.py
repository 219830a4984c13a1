"""``pip`` that is told not to check certificates.

## What it does
Looks for `--trusted-host`, `PIP_TRUSTED_HOST`, `pip config set ...trusted-host`, and `uv`'s
`--allow-insecure-host` and `UV_INSECURE_HOST`.

## Why it matters
Packages of Python are not signed: the certificate of the index is the only thing that says where
they come from. Without the check, whoever is on the way puts in code that runs when the package is
installed.

## Instead
```dockerfile
COPY company-ca.crt /usr/local/share/ca-certificates/
RUN update-ca-certificates
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt
```

The change takes the option away. A build that worked only without the check then fails, and nothing
else changes.

## Sources
pip's documentation, `--trusted-host` and `--cert`; uv's documentation, `--allow-insecure-host`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._flags import drop, settings, valued
from dunnage.rules.dockerfile._packages import PIP_CALLS, pip_call
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_NAMES = frozenset({"PIP_TRUSTED_HOST", "UV_INSECURE_HOST"})
_WHY = "switches the check of certificates off; install the certificate of the index instead"


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every option that switches the check off."""
    del run
    for name, _ in command.assignments:
        if name in _NAMES:
            yield Hit(command.name_span, f"{name} {_WHY}")
    if command.name != "uv" and pip_call(command) is None:
        return
    for named, _ in valued(command, "--trusted-host", "--allow-insecure-host"):
        yield Hit(named.word.span, f"{named.name} {_WHY}", drop(facts, command, named))
    for word in command.words:
        if word.text and word.text.endswith(".trusted-host") and "config" in _texts(command):
            yield Hit(word.span, f"{word.text} {_WHY}")


def _texts(command: Command) -> set[str]:
    return {word.text or "" for word in command.words}


def check_variable(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every variable that switches the check off."""
    del stage
    for one in settings(instruction, facts, _NAMES):
        if one.value:
            yield Hit(one.span, f"{one.name} {_WHY}", one.changes)


rule = DockerfileRule(
    Rule(
        summary="pip does not check certificates",
        severity=Severity.HIGH,
        peers=("checkov CKV2_DOCKER_4", "checkov CKV2_DOCKER_16"),
        fix=Safety.SAFE,
    ),
    instruction=check_variable,
    keywords=("ENV", "ARG"),
    command=check,
    commands=PIP_CALLS,
)
