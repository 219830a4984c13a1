"""EXPOSE with a host port, an address or a protocol in capitals.

## What it does
Reports `EXPOSE 80:8080` and `EXPOSE 127.0.0.1:80:8080`, and protocols that are not in lower case.

## Why it matters
`EXPOSE` only says which port of the container something listens on. The host's side belongs to
`docker run --publish`; builders drop it, and a later version may refuse it.

## Instead
```dockerfile
FROM alpine:3.22
EXPOSE 8080/tcp
```

## Sources
BuildKit build checks, "ExposeInvalidFormat" and "ExposeProtoCasing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every port that is written as a mapping or in capitals."""
    del stage, facts
    for word in instruction.words:
        if word.text.isalnum():
            continue
        if any(sign in word.text for sign in "'\"${"):
            continue
        port, slash, protocol = word.text.rpartition(":")[2].partition("/")
        kept = f"{port}{slash}{protocol.lower()}"
        if kept == word.text or not port:
            continue
        change = (replace(word.span, kept),)
        if ":" in word.text:
            said = f"{short(word.text)} names the host's side, which EXPOSE cannot set"
            yield Hit(word.span, f"{said}; write {short(kept)}", change)
        else:
            yield Hit(
                word.span,
                f"write the protocol in lower case: {short(kept)}",
                change,
                severity=Severity.NEGLIGIBLE,
            )


rule = DockerfileRule(
    Rule(
        summary="EXPOSE is written like a mapping of ports",
        severity=Severity.MEDIUM,
        peers=("buildkit ExposeInvalidFormat", "buildkit ExposeProtoCasing"),
        fix=Safety.SAFE,
    ),
    instruction=check,
    keywords=("EXPOSE",),
)
