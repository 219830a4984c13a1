"""Files that are removed in a later layer than the one they are in.

## What it does
Looks in stages that make up the image for `rm` of what an earlier `COPY`, `ADD` or download of the
file put there, and for the cleaning of a package cache in another `RUN` than the one that filled it.

## Why it matters
A layer is never changed: the later one only hides the files. The image is as large as before, and
who has it can still read them.

## Instead
```dockerfile
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
RUN --mount=type=bind,source=app.tar.gz,target=/tmp/app.tar.gz tar -xzf /tmp/app.tar.gz -C /opt
```

## When it is wrong
Where files are removed so that the program does not find them, size does not matter. Files of the
base image are not reported: they can only be hidden.

## Sources
https://github.com/opencontainers/image-spec/blob/main/layer.md, "Whiteouts".
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._building import MANAGERS, installed
from dunnage.rules.dockerfile._paths import copied_paths
from dunnage.rules.dockerfile._places import covers, joined
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command, ShellWord
    from dunnage.rules.dockerfile._facts import Facts, Run

_CACHES = {
    "/var/lib/apt/lists": ("apt-get", "apt"), "/var/cache/apt": ("apt-get", "apt"),
    "/var/cache/apk": ("apk",), "/var/cache/yum": ("yum", "dnf"), "/var/cache/dnf": ("dnf", "yum"),
    "/root/.cache/pip": ("pip", "pip3"), "/root/.npm": ("npm",), "/root/.cache": ("pip", "pip3"),
}  # fmt: skip
_CLEANS = {
    "apt-get": "clean", "apt": "clean", "yum": "clean", "dnf": "clean", "microdnf": "clean",
    "zypper": "clean", "npm": "cache", "yarn": "cache", "pip": "cache", "pip3": "cache",
}  # fmt: skip
_FILLS = frozenset({"install", "add", "update", "upgrade", "makecache", "ci", "dist-upgrade", "i"})


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every removal that comes too late."""
    runs = {id(run.instruction): run for run in facts.runs_of(*facts.shipped)}
    late = [run for run in runs.values() if any(_removes(one.name) for one in run.commands)]
    if not late:
        return
    there: dict[str, int] = {}
    filled: dict[str, int] = {}
    for stage in reversed(facts.shipped):
        for instruction in stage.instructions:
            if instruction.keyword in {"COPY", "ADD"}:
                for path in copied_paths(instruction, stage, facts):
                    there[path] = instruction.line
            elif run := runs.get(id(instruction)):
                yield from _removals(run, facts.folder(instruction), there, filled)
                if run is late[-1]:
                    return
                for path in _downloads(run, facts.folder(instruction)):
                    there[path] = instruction.line
                for command in run.commands:
                    if _fills(command):
                        filled[command.name] = instruction.line


def _removals(
    run: Run, folder: str | None, there: dict[str, int], filled: dict[str, int]
) -> Iterator[Hit]:
    if not there and not filled:
        return
    own = {command.name for command in run.commands if _fills(command)}
    moved = any(command.name == "cd" for command in run.commands)
    for command in run.commands:
        if command.name == "rm":
            for word in command.operands():
                path = joined(word.raw.rstrip("*"), None if moved else folder)
                if path is None or "$" in path:
                    continue
                names = next((names for one, names in _CACHES.items() if covers(one, path)), ())
                line = next((filled[name] for name in names if name in filled), 0)
                if line and not own & {*names}:
                    yield Hit(word.span, _late(f"the cache in {path}", line))
                elif path in there and not names:
                    yield Hit(word.span, _late(path, there[path]))
        elif (
            command.name in filled
            and command.name not in own
            and _CLEANS.get(command.name) == command.verb
        ):
            yield Hit(command.span, _late("the cache", filled[command.name]))


def _removes(name: str) -> bool:
    return name == "rm" or name in _CLEANS


def _late(what: str, line: int) -> str:
    return f"{what[:80]} stays in the layer of line {line}, so this frees nothing; do it there"


def _downloads(run: Run, folder: str | None) -> Iterator[str]:
    """Give the files that a RUN fetches and leaves behind; none if it removes anything."""
    removes = any(command.name == "rm" for command in run.commands)
    for command in run.commands:
        value = _output(command)
        path = joined(value.text, folder) if value is not None and value.text else None
        if path is not None and not removes:
            yield path


def _output(command: Command) -> ShellWord | None:
    """Return the file that ``curl`` or ``wget`` writes, also behind a cluster (``-fsSLo x``)."""
    short, long = {"curl": ("o", "--output"), "wget": ("O", "--output-document")}.get(
        command.name, ("", "")
    )
    if not short:
        return None
    for word, value in pairwise(command.words):
        text = word.text or ""
        if text.startswith("-") and not text.startswith("--") and text.endswith(short):
            return value
    return command.value_of(f"-{short}", long)


def _fills(command: Command) -> bool:
    if command.name in MANAGERS:
        return bool(installed(command)) or command.verb in _FILLS
    return command.name in {"pip", "pip3", "npm", "yarn"} and command.verb in _FILLS


rule = DockerfileRule(
    Rule(
        summary="files are removed in a later layer, which frees nothing",
        severity=Severity.LOW,
    ),
    file=check,
    needs=("rm", *_CLEANS),
)
