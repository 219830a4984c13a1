"""Prints Markdown of every verb, its options, variables and keys, from their declarations.

::

    python tools/reference.py > reference.md
    python tools/reference.py scan

The text is made when the documentation is built and never committed, so it cannot be out of date.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dunnage.cli._command import Command
from dunnage.io.folder import load, names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.cli._option import Option

PACKAGE = "dunnage.cli"


def verbs() -> tuple[str, ...]:
    """Return the names of all verbs."""
    return names(PACKAGE)


def declared(verb: str) -> Command:
    """Return what a verb declares."""
    return load(PACKAGE, verb, "command", Command)


def main(asked: Sequence[str]) -> int:
    """Print the reference of some verbs, or of all; return the exit code."""
    known = verbs()
    unknown = [verb for verb in asked if verb not in known]
    if unknown:
        print(f"there is no verb {unknown[0]!r}; verbs: {', '.join(known)}", file=sys.stderr)
        return 2
    lines = ["# Options", ""]
    for verb in asked or known:
        lines += reference(verb, declared(verb))
    print("\n".join(lines).rstrip())
    return 0


def reference(verb: str, command: Command) -> Iterator[str]:
    """Give the lines about one verb."""
    yield from (f"## dunnage {verb}", "", command.description.replace("\n", " "), "")
    yield from (f"    dunnage {verb} {command.words} [options]", "")
    yield from (f"`{command.words}`: {command.words_help}", "")
    for group in command.groups:
        yield from (f"### {group.title}", "")
        yield "| option | environment | default | |"
        yield "|---|---|---|---|"
        for option in group.options:
            yield row(option)
        yield ""
    yield from ("### examples", "")
    for what, line in command.examples:
        yield from (f"{what}:", "", f"    {line}", "")


def row(option: Option) -> str:
    """Return the table row of one option."""
    value = "" if isinstance(option.default, bool) else f" {option.metavar or option.name.upper()}"
    flags = ", ".join(f"`{flag}{value}`" for flag in (*option.short, f"--{option.name}"))
    cells = (flags, f"`{option.variable}`", default(option), option.help)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def default(option: Option) -> str:
    """Return what holds if nobody says anything."""
    if isinstance(option.default, bool):
        return "off"
    shown = ",".join(option.default) if isinstance(option.default, tuple) else str(option.default)
    return f"`{shown}`" if shown else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
