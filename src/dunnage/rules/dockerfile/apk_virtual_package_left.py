r"""Packages that were grouped for the build stay in the image.

## What it does
Looks for `apk add --virtual NAME` (or `-t NAME`) in stages that become an image, if no `apk del` in
the same RUN names the group.

## Why it matters
A group has a name so that it can be taken away at once: it holds compilers and headers. What is
deleted in a later instruction stays in the layer that brought it, and is only hidden.

## Instead
```dockerfile
RUN apk add --no-cache --virtual .build-deps gcc musl-dev \
    && make install \
    && apk del .build-deps
```

Better still, build in a stage of its own and copy the result.

## When it is wrong
Some files group what the program needs to run (`.run-deps`); names with `run` in them are left
alone.

## Sources
apk(8), `add --virtual` and `del`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._cleanup import append, ships
from dunnage.rules.dockerfile._packages import call
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_KEPT = ("run", "rundeps", "prod", "persist")


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every group that stays."""
    found = call(command)
    group = command.value_of("--virtual", "-t")
    if found is None or found.does != "add" or group is None or not group.text:
        return
    name = group.text
    if any(part in name.lower() for part in _KEPT) or not ships(run.stage, facts):
        return
    # What a program needs is often found out in a variable (``$runDeps``) and grouped, too.
    if not any(word.text for word in found.packages):
        return
    gone, place = facts.once(_Deleted).of(run), run.script.places[id(command)]
    if max(gone.get(name, -1), gone.get(None, -1)) > place:
        return
    deleted = facts.once(_last_deletions)
    index = run.stage.index if run.stage else -1
    later = max(deleted.get((index, one), 0) for one in (name, ""))
    if later > run.instruction.last:
        yield Hit(
            group.span,
            f"{name} is deleted only in line {later}, in another layer, which frees nothing; "
            "delete it in this RUN",
        )
        return
    yield Hit(
        group.span,
        f"{name} stays in the image; end the RUN with && apk del {name}",
        append(run, facts, f"apk del {name}")
        if name.replace("-", "").replace("_", "").replace(".", "").isalnum()
        else (),
    )


def _last_deletions(facts: Facts) -> dict[tuple[int, str], int]:
    """Return the last line on which a stage deletes a package; no name for one not known."""
    found: dict[tuple[int, str], int] = {}
    for run in facts.runs:
        for command in run.commands if run.stage is not None else ():
            told = call(command) if command.name == "apk" else None
            if run.stage is None or told is None or told.does != "del":
                continue
            for word in told.packages:
                found[run.stage.index, word.text or ""] = run.instruction.line
    return found


class _Deleted:
    """Which packages RUN instructions delete."""

    def __init__(self, _: Facts) -> None:
        self._known: dict[int, dict[str | None, int]] = {}

    def of(self, run: Run) -> dict[str | None, int]:
        """Return the place of the last command that deletes each package; None is any."""
        key = id(run.instruction)
        if key not in self._known:
            self._known[key] = {
                word.text: place
                for place, command in enumerate(run.commands)
                if command.name == "apk" and (told := call(command)) and told.does == "del"
                for word in told.packages
            }
        return self._known[key]


rule = DockerfileRule(
    Rule(
        summary="packages that were grouped for the build stay in the image",
        severity=Severity.MEDIUM,
        fix=Safety.UNSAFE,
    ),
    command=check,
    commands=("apk",),
)
