"""A file with credentials that is copied into the image.

## What it does
Looks for `COPY` and `ADD` of files that hold credentials by their name: SSH keys, `.netrc`,
`.aws/credentials`, `.docker/config.json`, kubeconfig, `.env`, private keys. With the build context
at hand it also sees what `COPY . .` takes along, and it reads the settings of package managers
(`.npmrc`, `pip.conf`), most of which hold no token.

## Why it matters
The file is in a layer of the image, and stays there when a later instruction removes it. Whoever can
pull the image has it.

## Instead
```dockerfile
RUN --mount=type=secret,id=npmrc,target=/app/.npmrc npm ci
```
And name such files in `.dockerignore`.

## When it is wrong
In a stage that is not part of the image the file only stays in the cache of the builder; there it is
low. `.env.example` and its kin, public keys and keys of package repositories are not reported.

## Sources
https://docs.docker.com/build/building/secrets/;
https://docs.docker.com/build/concepts/context/, "dockerignore files".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._credentials import (
    credential,
    in_settings,
    sources,
    target,
    whole_context,
)
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._credentials import Credential
    from dunnage.rules.dockerfile._facts import Facts

_KEYRINGS = ("apt", "keyring", "trusted.gpg", "pki", "rpm-gpg", "yum.repos")


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every source that holds credentials."""
    if stage is None:
        return
    shipped = facts.is_shipped(stage)
    inside = instruction.flag("from") is None
    for word in sources(instruction):
        path = (stage.expanded(word.text, instruction).value or word.text).rstrip("/")
        found = credential(path) or (in_settings(path, facts.context) if inside else None)
        if found is None or path.startswith(("http://", "https://")):
            continue
        if found.holds == "a private key" and _keyring(path, instruction, stage):
            continue
        yield Hit(
            word.span,
            f"{instruction.keyword} puts {found.holds} ({path[-60:]}) into a layer; "
            "use --mount=type=secret",
            severity=_severity(found, shipped=shipped),
        )
    whole = whole_context(instruction)
    if whole is None or facts.context is None:
        return
    for name in facts.context.names()[:2000]:
        found = credential(name) or in_settings(name, facts.context)
        if found is not None and facts.context.exists(name):
            yield Hit(
                whole.span,
                f"{instruction.keyword} of the whole context takes {name[:60]} along, which holds "
                f"{found.holds}; name it in .dockerignore",
                severity=_severity(found, shipped=shipped),
            )


def _keyring(path: str, instruction: Instruction, stage: Stage) -> bool:
    """Tell whether a key is the public one of a package repository."""
    to = target(path, instruction, stage) or ""
    return any(word in to for word in _KEYRINGS)


def _severity(found: Credential, *, shipped: bool) -> Severity:
    return found.severity if shipped else Severity.LOW


rule = DockerfileRule(
    Rule(
        summary="a file with credentials is copied into a layer",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        peers=("trivy DS-0031", "dockle CIS-DI-0010"),
    ),
    instruction=check,
    keywords=("COPY", "ADD"),
)
