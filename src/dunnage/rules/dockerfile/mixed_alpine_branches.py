"""Packages of Alpine's edge or testing repository in a stable release.

## What it does
Looks for repositories of `edge` or of another release than that of the base image, in
`apk --repository`, and where a RUN instruction writes `/etc/apk/repositories`.

## Why it matters
Packages of another branch are built against other libraries. apk then replaces libraries of the
base, or the program fails to start; and `testing` gets no security fixes. edge moves every day, so
that a build that works today fails tomorrow.

## Instead
```dockerfile
FROM alpine:3.22
RUN apk add --no-cache nodejs
```

A newer release of Alpine often has the package in `main` or `community`.

## When it is wrong
A tagged repository (`@edge`), from which single packages are taken by name, is a smaller risk; it
is reported all the same.

## Sources
https://wiki.alpinelinux.org/wiki/Repositories, "Edge" and "Testing".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_BRANCH = pattern(
    rb"https?://[^\s\"'|;&]{0,200}?alpine[^\s\"'|;&]{0,100}?/(edge|v3\.\d+)/(\w+)", re.IGNORECASE
)
_RELEASE = pattern(r"alpine:?v?(3\.\d+)")


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every repository of another branch."""
    start, end = instruction.span
    data = facts.file.data
    if data.find(b"/edge/", start, end) < 0 and data.find(b"/v3.", start, end) < 0:
        return
    if stage is None or not stage.root_image:
        return
    image = stage.root_image.lower()
    if "edge" in image or image == "scratch":
        return
    release = _RELEASE.search(image)
    for match in _BRANCH.finditer(data, start, end):
        branch, part = match[1].decode().lower(), match[2].decode("utf-8", "replace")
        line = data.rfind(b"\n", 0, match.start()) + 1
        if data[line : match.start()].lstrip().startswith(b"#"):
            continue
        if branch != "edge" and (release is None or branch == f"v{release[1]}"):
            continue
        base = f"Alpine {release[1]}" if release else "a stable release"
        yield Hit(
            Span(match.start(1), match.end(2)),
            f"packages of {branch}/{part} are mixed into {base}; take them from its own branch",
        )


rule = DockerfileRule(
    Rule(
        summary="packages of another branch of Alpine are mixed in",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
    ),
    instruction=check,
    keywords=("RUN",),
)
