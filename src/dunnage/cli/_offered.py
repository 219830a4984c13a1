"""What can be typed after each verb, for completion and the manual page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dunnage.cli._command import Command
from dunnage.io.folder import load_all, names
from dunnage.model.renderer import Renderer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.cli._option import Option

PLACES = ("PATH", "FILE", "DIR", "GLOBS", "REPORT", "STORE")
"""Words of a metavar that stand for something in the file system."""


class Taken(NamedTuple):
    """What an option or a position takes.

    Attributes:
        flags: Spellings of the option with their dashes; empty for a position.
        help: One sentence.
        kind: ``switch`` takes nothing; ``words`` one of the words; ``list`` several of them with
            commas; ``outputs`` a word, alone or with ``=`` and a file; ``targets`` one of the words
            in front of a file, or a file; ``files`` a file; ``text`` anything.
        words: The words.
    """

    flags: tuple[str, ...]
    help: str
    kind: str
    words: tuple[str, ...] = ()


class Verb(NamedTuple):
    """One verb.

    Attributes:
        name: What is typed.
        command: Its declaration.
        options: Its options, ``--help`` last.
        position: What its other words are.
    """

    name: str
    command: Command
    options: tuple[Taken, ...]
    position: Taken


def verbs() -> tuple[Verb, ...]:
    """Return all verbs, sorted."""
    found = load_all("dunnage.cli", "command", Command)
    return tuple(
        Verb(name, command, tuple(_options(command)), _position(command, tuple(found)))
        for name, command in found.items()
    )


def _options(command: Command) -> Iterator[Taken]:
    for group in command.groups:
        yield from (_taken(option, command) for option in group.options)
    yield Taken(("-h", "--help"), "show what the verb does and all its options", "switch")


def _formats(command: Command) -> tuple[str, ...]:
    """Return the formats that a verb takes."""
    if not command.own_source:
        return names("dunnage.render")
    found = load_all("dunnage.render", "renderer", Renderer)
    return tuple(name for name, one in found.items() if one.of_source)


def _taken(option: Option, command: Command) -> Taken:
    flags = (*option.short, f"--{option.name}")
    if isinstance(option.default, bool):
        return Taken(flags, option.help, "switch")
    if option.choices:
        kind = "list" if isinstance(option.default, tuple) and option.split else "words"
        return Taken(flags, option.help, kind, option.choices)
    if option.metavar.startswith("FORMAT"):
        kind = "outputs" if "=" in option.metavar else "words"
        return Taken(flags, option.help, kind, _formats(command))
    if option.name == "input":
        return Taken(flags, option.help, "targets", _schemes())
    place = any(word in option.metavar for word in PLACES)
    return Taken(flags, option.help, "files" if place else "text")


def _position(command: Command, known: tuple[str, ...]) -> Taken:
    plain = command.words.replace("...", "").strip("[]")
    if command.wraps:
        return Taken((), command.words_help, "words", tuple(n for n in known if n != "config"))
    if "TARGET" in plain:
        return Taken((), command.words_help, "targets", _schemes())
    if "|" in plain:
        words = tuple(word for part in plain.split() for word in part.split("|") if word.islower())
        return Taken((), command.words_help, "words", words)
    return Taken((), command.words_help, "files" if plain else "text")


def _schemes() -> tuple[str, ...]:
    return tuple(f"{name}:" for name in names("dunnage.sources") if name != "stdin")
