"""Replacements that rules share; all keep what stands around them byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._rule import Change

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Dockerfile, Instruction
    from dunnage.parsers.shell import Command, ShellWord

_BLANKS = b" \t"


def replace(span: Span, text: str) -> Change:
    """Return the change that puts a text in place of a stretch."""
    return Change(span, text)


def insert(offset: int, text: str) -> Change:
    """Return the change that puts a text at an offset."""
    return Change(Span(offset, offset), text)


def add_option(
    command: Command, option: str, *, behind: ShellWord | None = None
) -> tuple[Change, ...]:
    """Return the change that gives a command an option; none where it has no place of its own.

    Args:
        command: The command.
        option: As it is written, such as ``-y``.
        behind: The word it is to stand behind; None for the command's name.
    """
    end = (behind.span if behind else command.name_span).end
    if command.form == "inside":
        return ()
    text = f', "{option}"' if command.form == "exec" else f" {option}"
    return (insert(end, text),)


def drop_word(file: Dockerfile, span: Span) -> Change:
    """Return the change that takes a word away with the blanks in front of it."""
    start = span.start
    while start and file.data[start - 1 : start] in {b" ", b"\t"}:
        start -= 1
    # A word at the beginning of a continued line keeps its indent; the blanks behind it go.
    if start and file.data[start - 1 : start] == b"\n":
        end = span.end
        while file.data[end : end + 1] in {b" ", b"\t"}:
            end += 1
        return Change(Span(span.start, end), "")
    return Change(Span(start, span.end), "")


def drop_instruction(file: Dockerfile, instruction: Instruction) -> Change:
    """Return the change that takes whole lines of an instruction away, line end included."""
    start = file.line_span(instruction.line).start
    end = file.line_span(instruction.last).end
    while file.data[end : end + 1] in {b"\r", b"\n"}:
        end += 1
        if file.data[end - 1 : end] == b"\n":
            break
    return Change(Span(start, end), "")


def append_command(command: Command, text: str) -> tuple[Change, ...]:
    """Return the change that runs another command after one, joined by ``&&`` on the same line.

    None where a command cannot follow: in exec form, and where its output goes on.
    """
    if command.form != "shell" or command.piped:
        return ()
    end = max((command.span.end, *(one.span.end for one in command.redirects)))
    return (insert(end, f" && {text}"),)
