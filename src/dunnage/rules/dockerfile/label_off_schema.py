r"""Labels that do not follow the schema the settings ask for.

## What it does
Reports labels that the settings require and the final image lacks, labels with an empty value or one
of the wrong kind, and, where the schema is strict, labels it does not name. Without a schema in the
settings it says nothing.

## Why it matters
Registries, inventories and on-call people find an image's source, version and owner by its labels.

## Instead
```dockerfile
FROM alpine:3.22
LABEL org.opencontainers.image.version="1.4.0" \
      org.opencontainers.image.source="https://git.example.org/app"
```

## Sources
OCI image specification, "Pre-Defined Annotation Keys".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Pair
    from dunnage.rules.dockerfile._facts import Facts

_KINDS = {
    "url": re.compile(r"https?://[^\s/?#]+\S*\Z", re.IGNORECASE),
    "semver": re.compile(
        r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?\Z"
    ),
    "rfc3339": re.compile(
        r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:"
        r"(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)\Z"
    ),
    "hash": re.compile(r"(?:[0-9a-fA-F]{7}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})\Z"),
    "email": re.compile(r"[^\s@<>]+@[^\s@<>.]+(?:\.[^\s@<>.]+)+\Z"),
}
_TOLD = {
    "url": "an address like https://example.org",
    "semver": "a version like 1.4.0",
    "rfc3339": "a time like 2026-11-30T12:00:00Z",
    "hash": "a commit of 7, 40 or 64 hexadecimal digits",
    "email": "an address like ada@example.org",
    "spdx": "an SPDX licence expression like Apache-2.0",
}


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every label that is missing, wrong or not foreseen."""
    schema = facts.settings.labels
    final = facts.final
    if final is None or not (schema or facts.settings.strict_labels):
        return
    seen: set[str] = set()
    for stage in reversed(facts.shipped):
        for instruction in stage.instructions:
            if instruction.keyword != "LABEL":
                continue
            for pair in instruction.pairs:
                key = pair.name.strip("\"'")
                seen.add(key)
                value = stage.expanded(pair.value or "", instruction).value
                yield from _of_pair(key, value, pair, facts)
    for key in schema:
        if key not in seen:
            yield Hit(final.start.keyword_span, f"the image lacks the label {short(key)}; add it")


def _of_pair(key: str, value: str | None, pair: Pair, facts: Facts) -> Iterator[Hit]:
    kind = facts.settings.labels.get(key)
    if kind is None:
        if facts.settings.strict_labels:
            yield Hit(pair.span, f"the schema knows no label {short(key)}; drop it")
        return
    if value is None or (not value and "$" in (pair.value or "")):
        return
    if not value:
        yield Hit(pair.span, f"the label {short(key)} is empty; give it a value")
    elif not _fits(value, kind):
        yield Hit(pair.span, f"the label {short(key)} should be {_TOLD[kind]}")


def _fits(value: str, kind: str) -> bool:
    if kind == "spdx":
        return _is_licence(value)
    pattern = _KINDS.get(kind)
    return pattern is None or pattern.match(value) is not None


def _is_licence(value: str) -> bool:
    from dunnage.io.tables import table
    from dunnage.parsers.licence import Form, Vocabulary, classify

    return classify(value, Vocabulary.of(table("licences"))).form is not Form.NAME


rule = DockerfileRule(
    Rule(
        summary="labels do not follow the schema",
        severity=Severity.LOW,
        peers=tuple(f"hadolint DL{code}" for code in (*range(3049, 3057), 3058)),
    ),
    file=check,
)
