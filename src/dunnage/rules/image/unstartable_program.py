"""A program cannot start: its loader or a library is not in the image.

## What it does

Reads which loader and which libraries every program asks for, and looks for them as the loader would
(``RUNPATH``, ``ld.so.conf``, the directories of the distribution). It tells missing loaders, missing
libraries, and a C library that is older than the program needs.

A program of glibc on Alpine, or of musl on Debian, is found by its loader, without guessing.

## Why it matters

Such a program fails with "no such file or directory" or "not found" when it is started.

## Instead

Build it where the C library is that of the final stage, or statically:

```dockerfile
FROM golang:1.24-alpine AS build
RUN CGO_ENABLED=0 go build -o /app .
```

## When it is wrong

A library may be found through LD_LIBRARY_PATH that a script sets, or through a volume that is mounted
later.

## Sources

- https://man7.org/linux/man-pages/man8/ld.so.8.html
- https://wiki.musl-libc.org/functional-differences-from-glibc.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.surface import Unlinked
    from dunnage.rules.image._rule import Facts


def _check(facts: Facts) -> Iterator[Hit]:
    for one in facts.surface.unlinked:
        message, severe, sure = _told(one, facts)
        made = facts.made(one.layer)
        yield Hit(message + made, one.path, one.layer, severity=severe, confidence=sure)


def _told(one: Unlinked, facts: Facts) -> tuple[str, Severity, Confidence]:
    if one.interpreter in one.missing:
        own = "musl" if "ld-musl" in one.interpreter else "glibc"
        there = facts.surface.libc
        why = f"; it was built for {own}, and here is {there}" if there not in {"", own} else ""
        return f"its loader {one.interpreter} is missing{why}", Severity.HIGH, Confidence.HIGH
    if one.missing:
        told = f"libraries it needs are missing: {some(one.missing)}"
        return told, Severity.MEDIUM, Confidence.MEDIUM
    there = facts.surface.libc_version
    return f"it needs {one.needs}, and here is glibc {there}", Severity.HIGH, Confidence.HIGH


rule = ImageRule(
    Rule("a program cannot start, because its loader or a library is missing", Severity.HIGH),
    _check,
)
