"""How failure travels through a RUN instruction: options of the shell, what follows a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def shell_instruction(stage: Stage | None, before: Instruction, facts: Facts) -> Instruction | None:
    """Return the SHELL instruction that holds at an instruction, or None.

    Args:
        stage: Where.
        before: The instruction; one that ONBUILD holds counts as the last of the stage.
        facts: The file.
    """
    if "SHELL" not in facts.by_keyword:
        return None
    found: Instruction | None = None
    for one in reversed(stage.lineage) if stage else ():
        for instruction in one.instructions:
            if one is stage and instruction is before:
                break
            if instruction.keyword == "SHELL" and instruction.json:
                found = instruction
    return found


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
    shell = shell_instruction(run.stage, run.instruction, facts)
    if shell is not None and has_option([w.text for w in (shell.json or ())[1:]], letter, name):
        return True
    for command in run.commands:
        if before is not None and command.span.start >= before.span.start:
            break
        if command.name == "set" or (command.name in _SHELLS and command.has("-c")):
            words = [word.text or "" for word in command.words]
            if has_option(words, letter, name):
                return True
    return False


_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})


def following(run: Run, command: Command) -> Command | None:
    """Return the command that comes next on the same level, or None.

    Commands of substitutions in it are passed over.
    """
    behind = [one for one in run.commands if one.span.start >= command.span.end]
    for one in behind:
        if not any(
            other is not one
            and other.span.start <= one.span.start
            and one.span.end <= other.span.end
            for other in behind
        ):
            return one
    return None
