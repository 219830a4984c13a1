"""How failure travels through a RUN instruction: options of the shell, what follows a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def has_option(words: list[str], letter: str, name: str) -> bool:
    """Tell whether words of a shell or of ``set`` switch an option on."""
    for index, word in enumerate(words):
        if word.startswith("-") and not word.startswith("--"):
            if letter and letter in word[1:]:
                return True
            if word.endswith("o") and words[index + 1 : index + 2] == [name]:
                return True
    return False


def option_set(run: Run, facts: Facts, letter: str, name: str, at: int | None = None) -> bool:
    """Tell whether an option of the shell holds, by SHELL or by ``set``.

    Args:
        run: The instruction.
        facts: The file.
        letter: Of the option (``e``), or empty.
        name: Of the option (``errexit``).
        at: Offset it has to hold at; None for the end.
    """
    key = (id(run.instruction), name)
    if key not in facts.option_starts:
        facts.option_starts[key] = _option_start(run, facts, letter, name)
    start = facts.option_starts[key]
    return start < _NEVER and (at is None or start < at)


def _option_start(run: Run, facts: Facts, letter: str, name: str) -> int:
    """Return from which offset on an option holds; -1 for all of the body."""
    shell = facts.shell_instruction(run.stage, run.instruction)
    if shell is not None and has_option([w.text for w in (shell.json or ())[1:]], letter, name):
        return -1
    for command in run.commands:
        if command.name == "set" or (command.name in _SHELLS and command.has("-c")):
            words = [word.text or "" for word in command.words]
            if has_option(words, letter, name):
                return command.span.start
    return _NEVER


_NEVER = 1 << 62
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})


def following(run: Run, command: Command, facts: Facts) -> Command | None:
    """Return the command that comes next on the same level, or None.

    Commands of substitutions in it are passed over.
    """
    del facts
    found: Command | None = None
    for index in range(run.script.places[id(command)] + 1, len(run.commands)):
        one = run.commands[index]
        if found is None:
            if one.span.start >= command.span.end:
                found = one
        elif one.span.start > found.span.start:
            break
        elif one.span.end >= found.span.end and one.span.start >= command.span.end:
            found = one
    return found


class _Last:
    """Of the commands of each RUN instruction, the last that a test holds for."""

    def __init__(self, _: Facts) -> None:
        self.places: dict[tuple[object, ...], int] = {}


def comes_after(
    test: Callable[[Command], bool], command: Command, run: Run, facts: Facts, *key: object
) -> bool:
    """Tell whether a test holds for a command that comes after another one.

    Each command is tested once, however many ask.

    Args:
        test: The test.
        command: The command.
        run: Its instruction.
        facts: The file.
        key: What tells the test from others; the test itself if nothing is given.
    """
    places = facts.once(_Last).places
    place = (id(run.instruction), *(key or (test,)))
    if place not in places:
        commands = run.commands
        found = (at for at in range(len(commands) - 1, -1, -1) if test(commands[at]))
        places[place] = next(found, -1)
    return places[place] > run.script.places.get(id(command), -1)
