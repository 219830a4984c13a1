"""A secret that is removed in a later layer than the one it is in.

## What it does
Follows files with credentials that `COPY`, `ADD` or a redirection of `RUN` puts into the image
(`.netrc`, SSH keys, `.npmrc`, `.env`) and looks for a later instruction that removes them. A copy of
the whole context may have brought any file that is removed later and holds credentials by its name.

## Why it matters
A layer is never changed. The later one only says that the file is not to be seen; it still is in the
layer below, for everybody who can pull the image.

## Instead
```dockerfile
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci
```
The file is there for the step and in no layer.

## When it is wrong
In a stage that is not part of the image nothing is shipped; such are not reported. A file that was
made and removed by the same `RUN` is in no layer either.

## Sources
https://docs.docker.com/build/building/secrets/;
https://github.com/opencontainers/image-spec/blob/main/layer.md, "Whiteouts".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._credentials import (
    SETTINGS,
    credential,
    sources,
    target,
    whole_context,
)
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts, Run

_REMOVES = frozenset({"rm", "shred", "unlink"})
_MOST = 300
_HOME = ("~/", "$HOME/", "${HOME}/")


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every credential that a later instruction removes."""
    runs = {id(run.instruction): run for run in facts.runs_of(*facts.shipped)}
    written: dict[str, int] = {}
    whole = 0
    for stage in reversed(facts.shipped):
        for instruction in stage.instructions:
            if instruction.keyword in {"COPY", "ADD"}:
                for path in _copied(instruction, stage):
                    if len(written) < _MOST:
                        written[path] = instruction.line
                if whole_context(instruction) is not None:
                    whole = instruction.line
            elif run := runs.get(id(instruction)):
                yield from _removed(run, written, whole)
                for path in _redirected(run):
                    if len(written) < _MOST:
                        written[path] = instruction.line


def _removed(run: Run, written: dict[str, int], whole: int) -> Iterator[Hit]:
    """Give a hit for what a RUN removes too late.

    Args:
        run: The step.
        written: Lines by path of credentials that are there.
        whole: Line of a copy of the whole context, which may have brought any, or 0.
    """
    if not written and not whole:
        return
    fresh = {*_redirected(run, left=False)}
    for command in run.commands:
        for word in command.words if command.name in _REMOVES else ():
            path = _plain(word.raw if word.text is None else word.text)
            known = [one for one in written if one == path or one.startswith(path + "/")]
            if "/" not in path.strip("/"):
                known += [one for one in written if one.endswith("/" + path)]
            line = written[known[0]] if known else whole if credential(path) else 0
            if line and path not in fresh:
                yield Hit(
                    word.span,
                    f"{path[-60:]} stays in the layer of line {line}, whatever is removed here; "
                    "hand it in with --mount=type=secret",
                )


def _copied(instruction: Instruction, stage: Stage) -> Iterator[str]:
    for word in sources(instruction):
        path = stage.expanded(word.text, instruction).value or ""
        to = target(path, instruction, stage)
        if to and (_holds(path) or _holds(to)):
            yield _plain(to)


def _redirected(run: Run, *, left: bool = True) -> Iterator[str]:
    """Give the credential files that a RUN writes, or only those that it leaves behind."""
    gone = {
        _plain(word.raw if word.text is None else word.text)
        for command in run.commands
        if command.name in _REMOVES
        for word in command.words
    }
    for command in run.commands:
        for redirect in command.redirects:
            raw = redirect.target or ""
            if redirect.operator in {">", ">>", ">|", "&>"} and _holds(raw):
                path = _plain(raw)
                if not left or path not in gone:
                    yield path


def _holds(path: str) -> bool:
    return credential(path) is not None or path.rpartition("/")[2] in SETTINGS


def _plain(path: str) -> str:
    for home in _HOME:
        path = path.replace(home, "/root/", 1) if path.startswith(home) else path
    return path.rstrip("/").removeprefix("./").strip("\"'")


rule = DockerfileRule(
    Rule(
        summary="a secret is removed in a later layer, and stays in the image",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
    ),
    file=check,
    needs=tuple(_REMOVES),
)
