"""How failure travels through a RUN instruction: options of the shell, what follows a command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def option_set(
    run: Run, facts: Facts, letter: str, name: str, before: Command | None = None
) -> bool:
    """Tell whether an option of the shell holds, by SHELL or by ``set``.

    Args:
        run: The instruction.
        facts: The file.
        letter: Of the option (``e``), or empty.
        name: Of the option (``errexit``).
        before: The command it has to hold for; None for the whole body.
    """
    shell = facts.shell_instruction(run.stage, run.instruction)
    if shell is not None and has_option([w.text for w in (shell.json or ())[1:]], letter, name):
        return True
    start, end = run.instruction.span
    if facts.file.data.find(name.encode(), start, end) < 0 and (
        not letter or not _MAYBE.search(facts.file.data, start, end)
    ):
        return False
    for command in run.commands:
        if before is not None and command.span.start >= before.span.start:
            break
        if command.name == "set" or (command.name in _SHELLS and command.has("-c")):
            words = [word.text or "" for word in command.words]
            if has_option(words, letter, name):
                return True
    return False


_MAYBE = re.compile(rb"\bset\b|-\w*c\b")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})


def following(run: Run, command: Command) -> Command | None:
    """Return the command that comes next on the same level, or None.

    Commands of substitutions in it are passed over.
    """
    found: Command | None = None
    for one in run.after(command):
        if found is None:
            if one.span.start >= command.span.end:
                found = one
        elif one.span.start > found.span.start:
            break
        elif one.span.end >= found.span.end and one.span.start >= command.span.end:
            found = one
    return found
