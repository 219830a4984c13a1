"""A label whose key is none.

## What it does
Reports label keys that do not begin and end with a small letter or digit, that hold other signs than
small letters, digits, `.`, `-`, `_` and `/`, that have two separators in a row, and keys in the name
spaces that Docker keeps for itself.

## Why it matters
Nothing refuses them, but tools that look for labels pass over them or mistake them.

## Instead
```dockerfile
FROM alpine:3.22
LABEL org.opencontainers.image.source="https://git.example.org/app"
```

## When it is wrong
hadolint also refuses `_` and `/`, which Kubernetes and many vendors use.

## Sources
Docker documentation, "Docker object labels", "Key format recommendations".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_KEY = pattern(r"[a-z0-9](?:[._/-]?[a-z0-9])*\Z")
_RESERVED = pattern(r"(?:com\.docker|io\.docker|org\.dockerproject)\.")


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every key that is none."""
    del stage, facts
    for pair in instruction.pairs:
        key = pair.name.strip("\"'")
        if "$" in key or not key:
            continue
        if not _KEY.match(key):
            advice = "use small letters and digits with single . or - between"
            yield Hit(pair.span, f"{short(key)} is no good label key; {advice}")
        elif _RESERVED.match(key):
            advice = "use a domain of your own"
            yield Hit(pair.span, f"Docker keeps {short(key)} for itself; {advice}")


rule = DockerfileRule(
    Rule(
        summary="a label key breaks the rules for keys",
        severity=Severity.NEGLIGIBLE,
        peers=("hadolint DL3048",),
    ),
    instruction=check,
    keywords=("LABEL",),
)
