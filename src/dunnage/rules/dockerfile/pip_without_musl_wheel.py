"""Python packages without wheels for musl, installed on Alpine.

## What it does
Looks for `pip install` (also `python -m pip`, `uv pip`) in stages on musl, and compares what is
named there with a dated table of well-known packages that have wheels for glibc only. With the
build context, the requirements files that are named are read too.

## Why it matters
pip then takes the source and compiles it: many minutes instead of seconds, with compilers that the
image does not have. Packages that publish no source, as PyTorch, cannot be installed at all.

## Instead
```dockerfile
FROM python:3.14-slim
RUN pip install --no-cache-dir torch
```

## When it is wrong
The table is of one day; a package may have wheels by now. Where compilers are installed in the
stage it is information only.

## Sources
https://peps.python.org/pep-0656/ and https://pypi.org/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._facts import POSIX
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Span
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts

_NAME = pattern(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_SEPARATORS = pattern(r"[-_.]+")
_COMPILERS = frozenset({"gcc", "g++", "build-base", "clang", "musl-dev"})
_VALUED = frozenset({
    "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target", "-i",
    "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host", "--prefix",
    "--root", "--cache-dir", "--python",
})  # fmt: skip
_PIP = frozenset({"pip", "pip3"})
_CALLS = _PIP | {"python", "python3", "uv"}
_OWN_INDEX = frozenset({"-f", "--find-links", "--index-url", "-i", "--extra-index-url"})
_MOST_LINES = 2_000
_SHOWN = 4


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for packages that have no wheel here."""
    musl = {stage.index for stage in facts.stages if _is_musl(stage, facts)}
    compilers: dict[int, bool] = {}
    for run in facts.runs if musl else ():
        if run.stage is None or run.stage.index not in musl or run.shell != POSIX:
            continue
        for command in run.commands:
            for found, span in _missing(command, facts):
                at = run.stage.index
                if at not in compilers:
                    compilers[at] = _has_compilers(run.stage, facts)
                yield _hit(found, span, compilers=compilers[at])


def _is_musl(stage: Stage, facts: Facts) -> bool:
    base = facts.base(stage)
    return base is not None and base.libc == "musl"


def _missing(command: Command, facts: Facts) -> Iterator[tuple[list[str], Span]]:
    """Give the packages of one command that have no wheel, and where they are named."""
    if command.name not in _CALLS:
        return
    words = [word.text or "" for word in command.words]
    if "install" not in words[:4] or (command.name not in _PIP and "pip" not in words[:2]):
        return
    if _OWN_INDEX & {*words}:
        return
    without = frozenset(table("musl_wheels")["packages"])
    for names, span in (_named(command), *_required(command, facts)):
        if found := [name for name in names if name in without]:
            yield found, span


def _hit(found: list[str], span: Span, *, compilers: bool) -> Hit:
    names = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
    has = "have" if len(found) > 1 else "has"
    return Hit(
        span,
        f"{names} {has} no wheel for musl, so pip compiles or fails; use a base image with glibc",
        severity=Severity.LOW if compilers else Severity.MEDIUM,
    )


def _named(command: Command) -> tuple[list[str], Span]:
    # ``torch[extra]`` is a pattern to the shell, and stays as written where nothing matches.
    words = [word.text or word.raw for word in command.operands(_VALUED)]
    return [name for word in words if (name := _normal(word))], command.span


def _required(command: Command, facts: Facts) -> Iterator[tuple[list[str], Span]]:
    """Give the names in requirements files that the context holds."""
    if facts.context is None:
        return
    for word, value in zip(command.words, command.words[1:], strict=False):
        if word.text not in {"-r", "--requirement"} or not value.text:
            continue
        text = _text(value.text, facts)
        lines = (text or "").splitlines()[:_MOST_LINES]
        yield [name for line in lines if (name := _normal(line))], value.span


def _text(path: str, facts: Facts) -> str | None:
    """Return a requirements file: the path may be one in the image, the context has its name."""
    if facts.context is None:
        return None
    bare = path.removeprefix("./").lstrip("/")
    return facts.context.text(bare) or facts.context.text(bare.rpartition("/")[2])


def _normal(text: str) -> str:
    match = _NAME.match(text)
    return _SEPARATORS.sub("-", match[1]).lower() if match else ""


def _has_compilers(stage: Stage, facts: Facts) -> bool:
    return any(
        word.text in _COMPILERS
        for command in facts.commands_on(stage)
        if command.name == "apk"
        for word in command.words
    )


rule = DockerfileRule(
    Rule(
        summary="a Python package has no wheel for musl",
        severity=Severity.MEDIUM,
    ),
    file=check,
    needs=tuple(_CALLS),
)
