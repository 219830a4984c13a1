r"""``npm install`` where a lock file is there, which ``npm ci`` would keep to.

## What it does
Looks for `npm install` without names, `yarn install` without `--frozen-lockfile` or `--immutable`,
and `pnpm install --no-frozen-lockfile`, in stages that copied a lock file before.

## Why it matters
`npm install` changes the lock file where it does not agree with `package.json`, so that the image
can hold versions that nobody reviewed. `npm ci` fails instead, and is faster.

## Instead
```dockerfile
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
```

The change is unsafe: a build with a lock file that is out of date fails.

## When it is wrong
Where the lock file comes with `COPY . .`, it is only seen if the build context is known.

## Sources
npm-ci(1); yarn's documentation, `yarn install --immutable` and `--frozen-lockfile`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._node import installs
from dunnage.rules.dockerfile._packages import unknown_options
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_LOCKS = {
    "npm": ("package-lock.json", "npm-shrinkwrap.json"),
    "yarn": ("yarn.lock",),
    "pnpm": ("pnpm-lock.yaml",),
}


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that may change the lock file."""
    found = installs(command)
    if found is None or found.kind != "all" or found.whole:
        return
    frozen = ("--frozen-lockfile", "--immutable", "--pure-lockfile", "--no-lockfile",
              "--no-package-lock", "--package-lock-only", "--mode")  # fmt: skip
    if command.has(*frozen) or unknown_options(command):
        return
    if command.name == "pnpm" and not command.has("--no-frozen-lockfile"):
        return
    lock = _lock(command.name, run, facts)
    if not lock:
        return
    better, changes = _better(command, facts)
    end = found.verb.span.end if found.verb else command.name_span.end
    yield Hit(
        Span(command.name_span.start, max(end, command.name_span.end)),
        f"{command.name} install may change {lock}; use {better}",
        changes,
    )


def _better(command: Command, facts: Facts) -> tuple[str, tuple[Change, ...]]:
    if command.name != "npm":
        return f"{command.name} install with a frozen lock file", ()
    found = installs(command)
    if found is None or found.verb is None or command.form == "inside":
        return "npm ci", ()
    source = facts.file.source(found.verb.span)
    if found.verb.text is None or found.verb.text not in source:
        return "npm ci", ()
    return "npm ci", (replace(found.verb.span, source.replace(found.verb.text, "ci")),)


def _lock(name: str, run: Run, facts: Facts) -> str:
    """Return the lock file that the stage has copied before, or empty."""
    if run.stage is None:
        return ""
    line, lock = facts.once(_locks).get((run.stage.index, name), (0, ""))
    return lock if line < run.instruction.line else ""


def _locks(facts: Facts) -> dict[tuple[int, str], tuple[int, str]]:
    """Return line and name of the first lock file of each program that each stage copies."""
    found: dict[tuple[int, str], tuple[int, str]] = {}
    there = {
        lock
        for locks in _LOCKS.values()
        for lock in locks
        if facts.context is not None and facts.context.exists(lock)
    }
    for keyword in ("COPY", "ADD"):
        for instruction, stage in facts.by_keyword.get(keyword, ()):
            if stage is None or instruction.flag("from") is not None:
                continue
            sources = [word.text for word in instruction.words[:-1]]
            for name, locks in _LOCKS.items():
                lock = next((one for one in locks if _brings(sources, one, there)), "")
                if lock:
                    found.setdefault((stage.index, name), (instruction.line, lock))
    for stage in facts.stages:
        for name in _LOCKS:
            if stage.parent is not None and (stage.parent.index, name) in found:
                found[stage.index, name] = (0, found[stage.parent.index, name][1])
    return found


def _brings(sources: list[str], lock: str, there: set[str]) -> bool:
    if any(one.rpartition("/")[2] == lock for one in sources):
        return True
    return lock in there and any(_covers(one, lock) for one in sources)


def _covers(source: str, lock: str) -> bool:
    from fnmatch import fnmatchcase

    clean = source.removeprefix("./")
    return clean in {"", ".", "/"} or fnmatchcase(lock, clean)


rule = DockerfileRule(
    Rule(
        summary="a lock file is there, and the install may change it",
        severity=Severity.LOW,
        fix=Safety.UNSAFE,
    ),
    command=check,
    commands=tuple(_LOCKS),
)
