"""A variable that nothing defines where it is used.

## What it does
Reports `$NAME` in `ADD`, `COPY`, `ENV`, `EXPOSE`, `LABEL`, `RUN`, `STOPSIGNAL`, `USER`, `VOLUME` and
`WORKDIR` where the stage does not define NAME, and the file shows that it should: an `ARG` before
the first `FROM` or in another stage has that name, a defined name is nearly the same, or the stage
begins with `FROM scratch`.

## Why it matters
The builder puts nothing in its place and goes on. An `ARG` before the first `FROM` is only seen by
`FROM` lines; each stage has to declare it again.

## Instead
```dockerfile
ARG VERSION=1.2
FROM alpine:3.22
ARG VERSION
RUN echo "$VERSION"
```

## When it is wrong
The base image may define the variable with ENV. Names of up to three characters, and of more than
64, are not compared with others.

## Sources
Dockerfile reference, "Understand how ARG and FROM interact" and "Scope"; BuildKit build checks,
"UndefinedVar".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile_expand import expand
from dunnage.parsers.dockerfile_stages import PLATFORM_ARGS, PREDEFINED_ARGS
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._alike import nearest
from dunnage.rules.dockerfile._edits import insert
from dunnage.rules.dockerfile._facts import POSIX
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction, Span
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change

_SHELL_USE = pattern(r"(?<!\\)\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)
_SET = pattern(r"(\w+)=")
_DECLARED = pattern(r"\b(?:read|for|export|local)\b(?=([^;&|]{0,200}\w*))")
_WORD = pattern(r"\w+")
_USE = pattern(rb"\$\{?([A-Za-z_]\w*)")
_SHORT = 3
"""Characters of a name that is like too many others."""
_WELL_KNOWN = frozenset({
    "PATH", "HOME", "USER", "PWD", "HOSTNAME", "SHELL", "UID", "LANG", "TERM", "IFS", "OLDPWD",
    "RANDOM", "PPID",
})  # fmt: skip


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give one hit for every undefined name in an instruction."""
    if stage is None or b"$" not in instruction.text.data or held(instruction, stage):
        return
    if instruction.keyword == "RUN":
        if stage.before.keys() == PLATFORM_ARGS:
            return
        names = _used_in_shell(instruction, stage, facts)
    else:
        text = instruction.args.value
        if instruction.keyword in {"ENV", "LABEL"}:
            text = " ".join(pair.value or "" for pair in instruction.pairs)
        # An odd quote would hide the rest; only names count here.
        scope = stage.scope(instruction)
        names = expand(text.replace("'", ""), scope, escape=facts.file.escape).undefined
    if not names:
        return
    scope = stage.scope(instruction)
    own = {pair.name for pair in instruction.pairs} if instruction.keyword == "ENV" else set()
    places: dict[bytes, Span] | None = None
    for name in dict.fromkeys(names):
        if name in scope or name in own or not name[0].isalpha() or name in _WELL_KNOWN:
            continue
        if places is None:
            places = _places(instruction)
        place = places.get(name.encode())
        if place is not None:
            yield from _hit(name, place, instruction, stage, facts)


def _used_in_shell(instruction: Instruction, stage: Stage, facts: Facts) -> tuple[str, ...]:
    """Return names a shell form uses and that could only come from ARG or ENV."""
    if instruction.json is not None or instruction.heredocs:
        return ()
    if facts.shell_of(stage, instruction)[0] != POSIX:
        return ()
    text = instruction.args.value
    used = [match[1] or match[2] for match in _SHELL_USE.finditer(text)]
    own = _set_in_shell(text) if used else frozenset()
    return tuple(name for name in used if name not in own)


def _set_in_shell(text: str) -> frozenset[str]:
    """Return the names that a script may set itself."""
    told = (match[1] for match in _DECLARED.finditer(text))
    return frozenset(_SET.findall(text)).union(*map(_WORD.findall, told))


def _hit(
    name: str, place: Span, instruction: Instruction, stage: Stage, facts: Facts
) -> Iterator[Hit]:
    shown = short(name)
    if name in stage.before and name not in PLATFORM_ARGS:
        said = f"ARG {shown} stands before FROM, so this stage does not see it"
        change = _declare(name, stage, facts)
        yield Hit(place, f"{said}; declare ARG {shown} in the stage", change)
        return
    if instruction.keyword == "RUN":
        return
    if name in PLATFORM_ARGS:
        yield Hit(
            place,
            f"this stage does not declare {shown}, which the builder sets; add ARG {shown}",
            _declare(name, stage, facts),
        )
        return
    if name in PREDEFINED_ARGS:
        return
    empty = stage.root_image == "scratch"
    like = ""
    if len(name) > _SHORT:
        rests = None if empty else instruction
        like = nearest(name, stage.scope(instruction), facts, rests=rests)
    if like:
        yield Hit(place, f"nothing defines {shown} here; did you mean {like}?")
    elif empty:
        yield Hit(place, f"nothing defines {shown} here; declare it with ARG or ENV before")


def _places(instruction: Instruction) -> dict[bytes, Span]:
    """Return where each name is used first."""
    data = instruction.text.data
    found: dict[bytes, Span] = {}
    for match in _USE.finditer(data):
        name = match[1]
        if name not in found:
            closed = match[0].startswith(b"${") and data[match.end() : match.end() + 1] == b"}"
            found[name] = instruction.text.span(match.start(), match.end() + closed)
    return found


def _declare(name: str, stage: Stage, facts: Facts) -> tuple[Change, ...]:
    newline = facts.file.newline.decode()
    return (insert(stage.start.span.end, f"{newline}ARG {name}"),)


rule = DockerfileRule(
    Rule(
        summary="a variable is used that nothing defines",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        peers=("buildkit UndefinedVar",),
        fix=Safety.UNSAFE,
    ),
    instruction=check,
    keywords=(
        "ADD", "COPY", "ENV", "EXPOSE", "LABEL", "RUN", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ),
)  # fmt: skip
