"""Native code that is built with a newer glibc than it runs with.

## What it does
Looks at `COPY --from` where both images have glibc, the releases of both are known, and that of the
builder is newer: `golang:1.27-trixie` to `debian:bookworm-slim`. It asks whether native code is
copied, as `libc-mismatch` does; Go programs count unless they are built without cgo. On a
distribution cgo is taken to be on where a C compiler is installed by name.

## Why it matters
A program remembers the versions of the symbols it was linked with. On an older glibc it does not
start: "version `GLIBC_2.38' not found". Everything linked since 2.34 needs at least 2.34.

## Instead
```dockerfile
FROM rust:1.90-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release
FROM debian:bookworm-slim
COPY --from=build /src/target/release/app /app
```

## When it is wrong
A program that uses no symbol newer than the older glibc runs; that is luck, and changes with the
next build. Where 2.34 is not crossed it is therefore a warning only.

## Sources
https://sourceware.org/glibc/wiki/Release/2.34 and ld.so(8)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.base_image import glibc
from dunnage.rules.dockerfile._bases import copies
from dunnage.rules.dockerfile._native import Native, cgo, native, newer
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.base_image import Base
    from dunnage.rules.dockerfile._bases import Copy
    from dunnage.rules.dockerfile._facts import Facts

_BROKEN_BELOW = (2, 34)


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for native code that goes from a newer glibc to an older one."""
    for copy in copies(facts):
        here = facts.base(copy.stage)
        if here is None or copy.base is None:
            continue
        versions = newer(copy.base, here)
        found = (native(copy, facts) or _go(copy, facts)) if versions else None
        if versions is None or found is None:
            continue
        runs, builds = glibc(here), glibc(copy.base)
        crossed = runs is not None and builds is not None and runs < _BROKEN_BELOW <= builds
        yield Hit(
            copy.instruction.span,
            f"{found.what} is built with glibc {versions[0]} ({_release(copy.base)})"
            f" and runs with {versions[1]} ({_release(here)}); build it on the older release",
            severity=Severity.HIGH if crossed and found.certain else Severity.MEDIUM,
        )


def _go(copy: Copy, facts: Facts) -> Native | None:
    if not cgo(copy, facts):
        return None
    return Native(f"the Go program {copy.paths[0].text}", certain=False) if copy.paths else None


def _release(base: Base) -> str:
    return f"{base.distro} {base.release}"


rule = DockerfileRule(
    Rule(
        summary="native code is built with a newer glibc than it runs with",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
    ),
    file=check,
)
