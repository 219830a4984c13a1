r"""A line that no builder can read.

## What it does
Reports what the reader of the builder refuses: a here-document without its end, a parser directive
given twice, an escape character that is none, a line longer than 65,535 bytes.

## Why it matters
The build stops before it starts. All other rules still look at the rest of the file.

## Instead
```dockerfile
# escape=\
FROM alpine:3.22
RUN <<EOF
set -e
echo one
EOF
```

## Sources
Dockerfile reference, "Parser directives" and "Here-Documents"; BuildKit,
`frontend/dockerfile/parser`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts

_ADVICE = {
    "unterminated-heredoc": "add that line",
    "duplicate-directive": "keep one",
    "bad-escape": "write \\ or `",
    "line-too-long": "break it, or move the content into a file",
}


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for everything the reader refused."""
    for mistake in facts.file.mistakes:
        advice = _ADVICE.get(mistake.code, "")
        yield Hit(mistake.span, f"{mistake.message}; {advice}" if advice else mistake.message)


rule = DockerfileRule(
    Rule(
        summary="the builder cannot read a line",
        severity=Severity.CRITICAL,
        peers=("hadolint DL1000",),
    ),
    file=check,
)
