"""``apk`` that is told not to check signatures.

## What it does
Looks for `apk --allow-untrusted`.

## Why it matters
The signature is the only thing that says who made a package. Without the check, whoever sits
between the build and a mirror, or can change the file, decides what is installed, as root.

## Instead
```dockerfile
ADD --checksum=sha256:... https://example.com/key.rsa.pub /etc/apk/keys/
RUN apk add --no-cache --repository https://example.com/alpine app
```

The change takes the option away. A build that worked without a key then fails, and nothing else
changes.

## Sources
apk(8), option `--allow-untrusted`; apk-keys(5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._flags import drop, options
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every such option."""
    del run
    for found in options(command, "--allow-untrusted"):
        yield Hit(
            found.word.span,
            "--allow-untrusted installs packages that nobody signed; put their key into "
            "/etc/apk/keys",
            drop(facts, command, found),
        )


rule = DockerfileRule(
    Rule(
        summary="apk does not check signatures",
        severity=Severity.HIGH,
        peers=("checkov CKV2_DOCKER_7",),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=("apk",),
)
