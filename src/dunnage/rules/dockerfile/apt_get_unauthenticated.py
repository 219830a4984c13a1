"""``apt-get`` that is told not to check signatures.

## What it does
Looks for `--allow-unauthenticated`, `--force-yes`, `--allow-insecure-repositories`, and for the
same said with `-o`
(`APT::Get::AllowUnauthenticated`, `Acquire::AllowInsecureRepositories`,
`Acquire::AllowWeakRepositories`, `Acquire::https::Verify-Peer=false`).

## Why it matters
The signature of the archive is the only thing that says who made a package. Without the check,
whoever sits between the build and a mirror decides what is installed, as root.

## Instead
```dockerfile
RUN apt-get update && apt-get install -y --no-install-recommends curl
```

If a signature cannot be checked, its key is missing: put it into `/etc/apt/keyrings` and name it in
the source with `signed-by`. The change takes the option away. A build that worked without a key
then fails, and nothing else changes.

## Sources
apt-get(8), `--allow-unauthenticated` and `--force-yes`; apt-secure(8).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._flags import drop, off, options, valued
from dunnage.rules.dockerfile._packages import APT
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_FLAGS = (
    "--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories", "--allow-untrusted",
)  # fmt: skip
_ALLOW = pattern(
    r"^(?:APT::Get::(?:AllowUnauthenticated|Force-Yes)"
    r"|Acquire::Allow(?:InsecureRepositories|WeakRepositories|DowngradeToInsecureRepositories))$",
    re.IGNORECASE,
)
_VERIFY = pattern(r"^Acquire::https(?:::[^:]+)*::Verify-(?:Peer|Host)$", re.IGNORECASE)


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every option that switches a check off."""
    del run
    for found in options(command, *_FLAGS):
        changes = drop(facts, command, found)
        if found.name == "--force-yes" and changes and not command.has("-y", "--yes"):
            # It answers questions, too.
            changes = (replace(found.word.span, "-y"),) if command.form == "shell" else ()
        message = f"{found.name} installs packages that nobody signed; take it away"
        yield Hit(found.word.span, message, changes)
    for named, value in valued(command, "-o", "--option"):
        key, _, setting = (value or "").partition("=")
        if (_ALLOW.match(key) and setting and not off(setting)) or (
            _VERIFY.match(key) and off(setting)
        ):
            word = named.value or named.word
            yield Hit(
                word.span,
                f"{key}={setting} switches a check of apt off; take it away",
                drop(facts, command, named),
            )


rule = DockerfileRule(
    Rule(
        summary="apt-get does not check signatures",
        severity=Severity.HIGH,
        peers=("checkov CKV2_DOCKER_8", "checkov CKV2_DOCKER_11"),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=APT,
)
