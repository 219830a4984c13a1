"""A quote that is never closed.

## What it does
Reports values and paths with an odd quote in the instructions whose words the builder expands: `ADD`,
`ARG`, `COPY`, `ENV`, `EXPOSE`, `FROM`, `LABEL`, `STOPSIGNAL`, `USER`, `VOLUME` and `WORKDIR`.

## Why it matters
The build stops with `unexpected end of statement while looking for matching quote`. In `EXPOSE`, `COPY`
and `VOLUME` quotes do not even hold words together.

## Instead
```dockerfile
FROM alpine:3.22
ENV GREETING="it's fine"
COPY ["a file", "/app/"]
```

## Sources
Dockerfile reference, "Environment replacement"; BuildKit, `frontend/dockerfile/shell/lex.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import named, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction, Span
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_WHOLE = frozenset({"STOPSIGNAL", "USER", "WORKDIR"})


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the first odd quote of an instruction."""
    data = instruction.args.data
    if b"'" not in data and b'"' not in data:
        return
    for text, span in _texts(instruction):
        quote = _open(text, facts.file.escape)
        if quote:
            yield Hit(
                span,
                f"{short(text)} has a {quote} that is never closed; close it, or write "
                f"{facts.file.escape}{quote}"
                if instruction.keyword not in {"COPY", "ADD", "VOLUME"}
                else f"{short(text)} has a {quote} that is never closed; {named(instruction)} takes "
                "paths with blanks as a JSON list",
                severity=Severity.HIGH if held(instruction, stage) else None,
            )
            return


def _texts(instruction: Instruction) -> Iterator[tuple[str, Span]]:
    if instruction.keyword in {"ENV", "LABEL", "ARG"}:
        for pair in instruction.pairs:
            yield pair.name, pair.span
            yield pair.value or "", pair.span
    elif instruction.keyword in _WHOLE:
        yield instruction.args.value, instruction.args.whole
    else:
        markers = {heredoc.marker for heredoc in instruction.heredocs}
        for word in instruction.words:
            if word.span not in markers:
                yield word.text, word.span


def _open(text: str, escape: str) -> str:
    """Return the quote that is open at the end of a text, or nothing."""
    quote, at = "", 0
    while at < len(text):
        char = text[at]
        at += 1
        if quote == "'":
            quote = "" if char == "'" else quote
        elif char == escape and (not quote or text[at : at + 1] in {'"', "$", escape}):
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
    return quote


rule = DockerfileRule(
    Rule(
        summary="a quote is never closed",
        severity=Severity.CRITICAL,
        peers=("hadolint DL1000",),
    ),
    instruction=check,
    keywords=(
        "ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "STOPSIGNAL", "USER", "VOLUME",
        "WORKDIR",
    ),
)  # fmt: skip
