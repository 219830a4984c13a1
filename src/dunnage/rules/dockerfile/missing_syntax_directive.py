"""Newer syntax without saying which syntax.

## What it does
Reports a file that uses here-documents, `--mount`, `--link`, `--chmod` with `ADD` or `COPY`,
`--parents`, `--exclude`, `--checksum` or `--security` and has no `# syntax=` directive. Shown to
pedantic readers only.

## Why it matters
Without the directive it is the builder's own version that decides whether it understands the file:
an old Docker builds it differently or not at all. With it, BuildKit fetches the reader it needs, which
also means that a build needs Docker Hub.

## Instead
```dockerfile
# syntax=docker/dockerfile:1
FROM alpine:3.22
RUN --mount=type=cache,target=/root/.cache true
```

## Sources
Dockerfile reference, "syntax"; Docker documentation, "Dockerfile release notes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import insert
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts

_NEW = frozenset({
    "mount", "link", "chmod", "parents", "exclude", "checksum", "security", "keep-git-dir", "unpack",
})  # fmt: skip
_BOM = b"\xef\xbb\xbf"


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit at the first newer thing."""
    if any(directive.name == "syntax" for directive in facts.file.directives):
        return
    start = len(_BOM) if facts.file.data.startswith(_BOM) else 0
    text = f"# syntax=docker/dockerfile:1{facts.file.newline.decode()}"
    for instruction, _ in facts.placed:
        flag = next((flag for flag in instruction.flags if flag.name in _NEW), None)
        if instruction.heredocs:
            span, what = instruction.heredocs[0].marker, "here-documents need"
        elif flag is not None:
            span, what = flag.span, f"--{flag.name} needs"
        else:
            continue
        yield Hit(
            span,
            f"{what} BuildKit's newer syntax; say so with # syntax=docker/dockerfile:1 above",
            (insert(start, text),),
        )
        return


rule = DockerfileRule(
    Rule(
        summary="newer syntax is used without a syntax directive",
        severity=Severity.NEGLIGIBLE,
        persona=Persona.PEDANTIC,
        fix=Safety.UNSAFE,
    ),
    file=check,
)
