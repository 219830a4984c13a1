"""Parses the arguments of one verb."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from dunnage.cli._option import declare, suggest
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from dunnage.cli._command import Command
    from dunnage.cli._option import Option

_HELP_WIDTH = 88
_MARK = "\0"
"""Stands before ``-#NAME`` while arguments are parsed: it is a target, an image of an archive on
standard input. No argument of a process can hold it."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises instead of printing and leaving."""

    def error(self, message: str) -> NoReturn:
        verb = self.prog.rpartition(" ")[2]
        raise UsageError(message, advice=f"'dunnage {verb} --help' tells all about it")


class Parsed(NamedTuple):
    """What the arguments of a verb say.

    Attributes:
        words: Positional arguments.
        arguments: The options that were given, by key.
        help_text: The help text, if it was asked for.
        notes: What was understood although it is another scanner's word.
    """

    words: tuple[str, ...]
    arguments: dict[str, object]
    help_text: str = ""
    notes: tuple[str, ...] = ()


def parse(verb: str, command: Command, argv: list[str]) -> Parsed:
    """Parse the arguments of a verb.

    Raises:
        UsageError: If an option is unknown or lacks its value.
    """
    parser = _parser(verb, command)
    argv = [f"{_MARK}{word}" if word.startswith("-#") else word for word in argv]
    argv, wrapped = _cut(argv, command) if command.wraps else (argv, [])
    if "-h" in argv or "--help" in argv:
        return Parsed((), {}, parser.format_help())
    options = [option for group in command.groups for option in group.options]
    argv, said = _switches(argv, options)
    found, rest = parser.parse_known_intermixed_args(argv)
    notes: tuple[str, ...] = ()
    if unknown := _flags(rest):
        from dunnage.cli._peers import flags

        argv, notes = flags(verb, argv, unknown, options)
        argv, more = _switches(argv, options)
        said |= more
        found, rest = parser.parse_known_intermixed_args(argv)
    if unknown := _flags(rest):
        known = [f"--{option.name}" for option in options]
        flag = unknown[0].partition("=")[0]
        behind = "options of another verb stand behind it; " if command.wraps else ""
        meant = _elsewhere(flag) or suggest(flag, known)
        raise UsageError(
            f"{verb} has no option {flag}",
            advice=f"{meant}{behind}'dunnage {verb} --help' lists all",
        )
    arguments = {**vars(found), **said}
    words = tuple(arguments.pop("words", ()) or ())
    every = tuple(word.removeprefix(_MARK) for word in (*words, *rest, *wrapped))
    return Parsed(every, {key: _unmarked(value) for key, value in arguments.items()}, notes=notes)


def _unmarked(value: object) -> object:
    """Return the value of an option as it was written."""
    if isinstance(value, list):
        return [_unmarked(one) for one in value]
    return value.removeprefix(_MARK) if isinstance(value, str) else value


def _elsewhere(flag: str) -> str:
    """Return whose option a flag is, if it is one of other verbs, else nothing."""
    from dunnage.cli._command import Command
    from dunnage.io.folder import load_all

    verbs = [
        name
        for name, command in load_all("dunnage.cli", "command", Command).items()
        for group in command.groups
        for option in group.options
        if flag in (*option.short, f"--{option.name}")
    ]
    listed = " and ".join(", ".join(verbs).rsplit(", ", 1))
    return f"it is an option of {listed}; " if verbs else ""


def _flags(rest: list[str]) -> list[str]:
    return [word for word in rest if word.startswith("-") and word != "-"]


def _switches(argv: list[str], options: list[Option]) -> tuple[list[str], dict[str, object]]:
    """Take out switches that are written with a value, as in ``--ignore-unfixed=false``."""
    keys = {f"--{o.name}": o.key for o in options if isinstance(o.default, bool)}
    ours = argv[: argv.index("--")] if "--" in argv else argv
    pairs = [(word, *word.partition("=")[::2]) for word in ours]
    said: dict[str, object] = {
        keys[flag]: v for word, flag, v in pairs if flag in keys and "=" in word
    }
    kept = [word for word, flag, _ in pairs if not (flag in keys and "=" in word)]
    return [*kept, *argv[len(ours) :]], said


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
