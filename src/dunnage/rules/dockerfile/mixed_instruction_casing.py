"""Instructions in capitals and in small letters in one file.

## What it does
Reports instructions that are written otherwise than most of the file, and an `as` that is written
otherwise than its `FROM`.

## Why it matters
Builders do not care; readers who look for `RUN` miss `run`.

## Instead
```dockerfile
FROM golang:1.25 AS build
RUN go build ./...
```

## Sources
BuildKit build checks, "ConsistentInstructionCasing" and "FromAsCasing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import KEYWORDS
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Word
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every word that is written otherwise than the rest."""
    known = [one for one in facts.file.instructions if one.keyword in KEYWORDS]
    small = sum(1 for one in known if one.written.islower())
    lower = small > len(known) - small
    as_words = {
        id(stage.start): stage.start.words[1]
        for stage in facts.stages
        if stage.name_word is not None
    }
    for instruction in known:
        wanted = instruction.keyword.lower() if lower else instruction.keyword
        word = as_words.get(id(instruction))
        changes = _as(word, lower=lower)
        if instruction.written != wanted:
            yield Hit(
                instruction.keyword_span,
                f"most of the file is in {'small letters' if lower else 'capitals'}; write {wanted}",
                (replace(instruction.keyword_span, wanted), *changes),
            )
        elif changes and word is not None:
            yield Hit(word.span, f"write {changes[0].text}, as {wanted} is written", changes)


def _as(word: Word | None, *, lower: bool) -> tuple[Change, ...]:
    wanted = "as" if lower else "AS"
    return () if word is None or word.text == wanted else (replace(word.span, wanted),)


rule = DockerfileRule(
    Rule(
        summary="instructions are written in capitals and in small letters",
        severity=Severity.NEGLIGIBLE,
        peers=("buildkit ConsistentInstructionCasing", "buildkit FromAsCasing"),
        fix=Safety.SAFE,
    ),
    file=check,
)
