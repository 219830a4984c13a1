"""``wget`` writes a progress bar into the build log.

## What it does
Looks for `wget` without `-q`, `-nv`, `--progress=dot:...`, `--no-verbose` or `-o`. It is for the
pedantic.

## Why it matters
Without a terminal, wget writes a line for every 50 KiB, and the log of the build gets long.

## Instead
```dockerfile
RUN wget --progress=dot:giga https://example.com/app.tar.gz
```

The change is offered where the program is surely GNU Wget, because apt or an RPM package manager
installs it in the file. The wget of BusyBox, as in Alpine, does not know the option.

## Sources
wget(1), `--progress`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._packages import APT, RPM, call, unknown_options
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that shows its progress."""
    if not command.words or command.has(
        "-q", "--quiet", "--no-verbose", "--progress", "-o", "--output-file", "-a",
        "--append-output", "--version", "-V", "--help", "-h", "--spider", "-b",
    ):  # fmt: skip
        return
    if any(word.raw == "-nv" for word in command.words) or unknown_options(command):
        return
    if command.redirects and any(one.operator.startswith("2>") for one in command.redirects):
        return
    gnu = run.stage is not None and not run.trigger and run.stage.index in facts.once(_with_gnu)
    yield Hit(
        command.name_span,
        "wget writes its progress into the log; add --progress=dot:giga or -q",
        add_option(command, "--progress=dot:giga") if gnu else (),
    )


def _with_gnu(facts: Facts) -> frozenset[int]:
    """Return the numbers of the stages that install GNU Wget, or start from one that does."""
    found: set[int] = set()
    for run in facts.runs:
        for command in run.commands if run.stage is not None else ():
            if run.stage is not None and command.name in {*APT, *RPM, "zypper"}:
                told = call(command)
                if told and any(word.text in {"wget", "wget1"} for word in told.packages):
                    found.add(run.stage.index)
    for stage in facts.stages:
        if stage.parent is not None and stage.parent.index in found:
            found.add(stage.index)
    return frozenset(found)


rule = DockerfileRule(
    Rule(
        summary="wget writes its progress into the log",
        severity=Severity.NEGLIGIBLE,
        persona=Persona.PEDANTIC,
        peers=("hadolint DL3047",),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=("wget",),
)
