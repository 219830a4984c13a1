"""Native code that is copied to an image with another C library.

## What it does
Looks at `COPY --from` between stages (or from an image) of which one has glibc and the other musl,
and asks whether native code is copied: what `cargo build` or a C compiler made, the interpreter of
a language image, packages of Python or Node.js that were installed there. Files that are no native
code, such as a built web page, are no matter. A stage that installs `gcompat` or `libc6-compat` is
passed over. Go programs have a rule of their own.

## Why it matters
A program for glibc does not start on Alpine: the kernel finds no loader and says "no such file or
directory", of a file that is there. Extension modules fail when they are imported.

## Instead
```dockerfile
FROM rust:1.90-alpine AS build
WORKDIR /src
COPY . .
RUN cargo build --release
FROM alpine:3.23
COPY --from=build /src/target/release/app /app
```

## When it is wrong
Packages without native parts work anywhere; for Python and Node.js it is therefore a warning only.

## Sources
https://wiki.musl-libc.org/functional-differences-from-glibc.html and
https://wiki.alpinelinux.org/wiki/Running_glibc_programs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._bases import copies
from dunnage.rules.dockerfile._native import commands_of, native
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_WITH_LIBC = frozenset({"glibc", "musl"})
_SHIMS = frozenset({"gcompat", "libc6-compat", "glibc", "musl"})


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for native code between glibc and musl."""
    for copy in copies(facts):
        here = facts.base(copy.stage)
        if here is None or copy.base is None or here.libc == copy.base.libc:
            continue
        static = not here.shell and here.libc == "none" and copy.base.libc in _WITH_LIBC
        if not static and not {here.libc, copy.base.libc} <= _WITH_LIBC:
            continue
        found = native(copy, facts)
        if found is None or _shimmed(copy.stage, facts) or (static and not found.certain):
            continue
        where = copy.source.name if copy.source is not None and copy.source.name else ""
        origin = where or copy.image or "the other stage"
        wanted = here.libc if not static else "no libc at all"
        yield Hit(
            copy.instruction.span,
            f"{found.what} of {origin} is built for {copy.base.libc}, and this stage has {wanted};"
            " build it on the same family of base images",
            severity=Severity.HIGH if found.certain else Severity.MEDIUM,
        )


def _shimmed(stage: Stage, facts: Facts) -> bool:
    return any(
        word.text in _SHIMS
        for command in commands_of(stage, facts)
        if command.name in {"apk", "apt-get", "apt"}
        for word in command.words
    )


rule = DockerfileRule(
    Rule(
        summary="native code is copied to an image with another C library",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
    ),
    file=check,
)
