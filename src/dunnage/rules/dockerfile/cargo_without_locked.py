"""``cargo install`` or ``cargo build`` that need not keep to the lock file.

## What it does
Looks for `cargo install` of a crate without `--locked`, or without a version; and for
`cargo build --release` without `--locked` or `--frozen` in stages that copied `Cargo.lock`. It is
for the pedantic.

## Why it matters
`cargo install` passes the lock file of the program over and takes the newest dependencies: what is
built was never tested together, and differs from build to build. `cargo build` changes the lock
file where it does not agree with `Cargo.toml`.

## Instead
```dockerfile
RUN cargo install --locked cargo-audit@0.21.0
```

The change is unsafe: a build with a lock file that is out of date fails.

## Sources
cargo-install(1) and cargo-build(1), option `--locked`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._packages import unknown_options
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that need not keep to the lock file."""
    words = [word for word in command.operands() if not word.raw.startswith("+")]
    verb = words[0] if words else None
    if verb is None or command.has("--locked", "--frozen", "--list", "--path", "--help"):
        return
    if verb.text == "build" and not (command.has("--release", "-r") and _copied(run, facts)):
        return
    if verb.text not in {"install", "build"} or unknown_options(command):
        return
    yield Hit(
        Span(command.name_span.start, max(command.name_span.end, verb.span.end)),
        f"cargo {verb.text} need not keep to the lock file; add --locked",
        add_option(command, "--locked", behind=verb),
    )


def _copied(run: Run, facts: Facts) -> bool:
    if run.stage is None:
        return False
    line = facts.once(_locks).get(run.stage.index)
    return line is not None and line < run.instruction.line


def _locks(facts: Facts) -> dict[int, int]:
    """Return, by number of the stage, the first line on which it copies a lock file."""
    found: dict[int, int] = {}
    for instruction, stage in facts.by_keyword.get("COPY", ()):
        names = {word.text.rpartition("/")[2] for word in instruction.words}
        if stage is not None and names & {"Cargo.lock", "Cargo.*"}:
            found.setdefault(stage.index, instruction.line)
    return found


rule = DockerfileRule(
    Rule(
        summary="cargo need not keep to the lock file",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
        fix=Safety.UNSAFE,
    ),
    command=check,
    commands=("cargo",),
)
