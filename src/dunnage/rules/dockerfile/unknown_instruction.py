r"""An instruction that no builder knows.

## What it does
Reports a line whose first word is not an instruction, and the instruction it is most like.

## Why it matters
The build stops at it. Often it is not a slip of the pen: the line above lost its `\`, or a
here-document lost its beginning.

## Instead
```dockerfile
FROM alpine:3.22
RUN echo one && \
    echo two
```

## Sources
Dockerfile reference, "Overview"; BuildKit, `frontend/dockerfile/instructions/parse.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import KEYWORDS
from dunnage.rules.dockerfile._alike import nearest
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts

_MOST_GUESSES = 20
"""Words of one file that are compared with all instructions; the comparison is dear."""


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every unknown keyword, also of what ONBUILD holds."""
    guesses = 0
    for keyword, places in facts.by_keyword.items():
        if keyword in KEYWORDS:
            continue
        guesses += 1
        like = nearest(keyword, sorted(KEYWORDS), facts) if guesses <= _MOST_GUESSES else ""
        for instruction, stage in places:
            severity = Severity.HIGH if held(instruction, stage) else None
            said = f"there is no instruction {short(instruction.written) or 'without a name'}"
            if like:
                change = replace(instruction.keyword_span, like)
                yield Hit(
                    instruction.keyword_span,
                    f"{said}; did you mean {like}?",
                    (change,),
                    needs="your word for it",
                    severity=severity,
                )
            else:
                advice = "does the line above lack its \\, or a here-document its beginning?"
                yield Hit(instruction.keyword_span, f"{said}; {advice}", severity=severity)


rule = DockerfileRule(
    Rule(
        summary="no builder knows the instruction",
        severity=Severity.CRITICAL,
        peers=("hadolint DL1000",),
        fix=Safety.SUGGESTED,
    ),
    file=check,
)
