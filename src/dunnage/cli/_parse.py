"""Parses the arguments of one verb."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from dunnage.cli._option import declare, suggest
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from dunnage.cli._command import Command

_HELP_WIDTH = 88


class _Parser(argparse.ArgumentParser):
    """A parser that raises instead of printing and leaving."""

    def error(self, message: str) -> NoReturn:
        verb = self.prog.rpartition(" ")[2]
        raise UsageError(message, advice=f"'dunnage {verb} --help' tells all about it")


def parse(
    verb: str, command: Command, argv: list[str]
) -> tuple[tuple[str, ...], dict[str, object], str]:
    """Parse the arguments of a verb.

    Returns:
        The words, the options that were given by key, and the help text if it was asked for.

    Raises:
        UsageError: If an option is unknown or lacks its value.
    """
    parser = _parser(verb, command)
    argv, wrapped = _cut(argv, command) if command.wraps else (argv, [])
    if "-h" in argv or "--help" in argv:
        return (), {}, parser.format_help()
    found, rest = parser.parse_known_intermixed_args(argv)
    unknown = [word for word in rest if word.startswith("-") and word != "-"]
    if unknown:
        known = [f"--{o.name}" for group in command.groups for o in group.options]
        flag = unknown[0].partition("=")[0]
        behind = "options of another verb stand behind it; " if command.wraps else ""
        raise UsageError(
            f"{verb} has no option {flag}",
            advice=f"{suggest(flag, known)}{behind}'dunnage {verb} --help' lists all",
        )
    arguments = vars(found)
    words = tuple(arguments.pop("words", ()) or ())
    return (*words, *rest, *wrapped), arguments, ""


def _cut(argv: list[str], command: Command) -> tuple[list[str], list[str]]:
    """Return the options in front of the first word, and that word with all that follows."""
    options = (option for group in command.groups for option in group.options)
    valued = [option for option in options if not isinstance(option.default, bool)]
    flags = {flag for option in valued for flag in (*option.short, f"--{option.name}")}
    index = 0
    while index < len(argv) and argv[index].startswith("-"):
        index += 2 if argv[index] in flags else 1
    return argv[:index], argv[index:]


def _parser(verb: str, command: Command) -> argparse.ArgumentParser:
    examples = "".join(f"  {what}:\n    {line}\n" for what, line in command.examples)
    parser = _Parser(
        prog=f"dunnage {verb}",
        usage=" ".join(filter(None, ("dunnage", verb, command.words, "[options]"))),
        description=command.description,
        epilog=f"examples:\n{examples}" if examples else None,
        add_help=False,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=30, width=_HELP_WIDTH
        ),
    )
    about = command.words_help if command.words else argparse.SUPPRESS
    parser.add_argument("words", nargs="*", metavar=command.words, help=about)
    for group in command.groups:
        declare(parser.add_argument_group(group.title), group.options)
    return parser
