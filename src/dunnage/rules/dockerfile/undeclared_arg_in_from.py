"""An argument in FROM that is not declared before the first FROM.

## What it does
Looks for variables in FROM (image and `--platform`) that no ARG before the first FROM declares and
that the builder does not bring. `${NAME:-default}` needs no declaration.

## Why it matters
The builder takes such a variable for empty, whatever `--build-arg` says: the image is another one
than meant, or its name makes no sense and the build fails.

## Instead
```dockerfile
ARG VERSION=3.23
FROM alpine:${VERSION}
```

## Sources
https://docs.docker.com/reference/build-checks/undefined-arg-in-from/
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.dockerfile_expand import expand
from dunnage.parsers.dockerfile_stages import PREDEFINED_ARGS
from dunnage.rules.dockerfile._alike import nearest
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


_MOST, _MOST_KNOWN, _LONGEST = 5, 100, 64
"""Names of one FROM that are spoken of, names they are compared with, characters of them."""


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every variable that nothing declares."""
    flag = stage.start.flag("platform")
    for text, span in (
        (stage.base.text if stage.base else "", stage.base.span if stage.base else None),
        (flag.value or "" if flag else "", flag.span if flag else None),
    ):
        if span is None or "$" not in text:
            continue
        undefined = expand(text, stage.before, escape=facts.file.escape).undefined
        for name in [*dict.fromkeys(undefined)][:_MOST]:
            if name not in PREDEFINED_ARGS:
                yield _hit(name, span, stage, facts)


def _hit(name: str, span: Span, stage: Stage, facts: Facts) -> Hit:
    if _in_a_stage(name, stage, facts):
        return Hit(
            span,
            f"{name} is declared inside a stage, which FROM does not see;"
            " declare it before the first FROM",
        )
    close = nearest(name[:_LONGEST], islice(stage.before, _MOST_KNOWN), facts, least=0.75)
    if not close:
        return Hit(span, f"{name} is not declared before the first FROM, so it is empty here")
    source = facts.file.data[span.start : span.end]
    at = source.find(name.encode())
    where = Span(span.start + at, span.start + at + len(name.encode()))
    return Hit(
        span,
        f"{name} is not declared before the first FROM; did you mean {close}?",
        (Change(where, close),) if at >= 0 and source.count(name.encode()) == 1 else (),
        needs=f"that {close} is meant",
    )


def _in_a_stage(name: str, stage: Stage, facts: Facts) -> bool:
    return facts.once(_declared).get(name, stage.index) < stage.index


def _declared(facts: Facts) -> dict[str, int]:
    """Return the first stage that declares each name."""
    found: dict[str, int] = {}
    for instruction, owner in facts.by_keyword.get("ARG", ()):
        if owner is not None:
            for pair in instruction.pairs:
                found.setdefault(pair.name, owner.index)
    return found


rule = DockerfileRule(
    Rule(
        summary="FROM uses an argument that is not declared",
        severity=Severity.HIGH,
        peers=("buildkit UndefinedArgInFrom",),
        fix=Safety.SUGGESTED,
    ),
    stage=check,
)
