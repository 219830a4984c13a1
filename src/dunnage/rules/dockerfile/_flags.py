"""Options that switch a check off, and how they are taken away again."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.rules.dockerfile._edits import drop_instruction, drop_word, replace
from dunnage.rules.dockerfile._rule import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction, Span
    from dunnage.parsers.shell import Command, ShellWord
    from dunnage.rules.dockerfile._facts import Facts

_OFF = frozenset({"0", "false", "no", "off", "disable", "disabled"})
_BLANKS = b" \t"


def off(value: str | None) -> bool:
    """Tell whether a value says no."""
    return value is not None and value.strip("'\"").lower() in _OFF


class Named(Struct, frozen=True):
    """An option of a command.

    Attributes:
        name: As it is known.
        word: Where it is.
        value: The word of its own behind it that holds its value, or None.
    """

    name: str
    word: ShellWord
    value: ShellWord | None = None


def options(command: Command, *names: str) -> Iterator[Named]:
    """Give the places of options without a value; a short one may be in a cluster (``-sk``).

    Args:
        command: The command.
        names: ``--insecure``, ``-k``.
    """
    short = {name[1] for name in names if len(name) == 2}
    for word in command.words:
        text = word.text
        if text is None or not text.startswith("-"):
            continue
        if text == "--":
            return
        if text in names:
            yield Named(text, word)
        elif not text.startswith("--") and short and text[1:].isalpha():
            found = next((char for char in text[1:] if char in short), "")
            if found:
                yield Named(f"-{found}", word)


def valued(command: Command, *names: str) -> Iterator[tuple[Named, str | None]]:
    """Give the places of options with a value, and the value: ``--x=y`` and ``--x y``."""
    skip = False
    for at, word in enumerate(command.words):
        text = word.text if word.text is not None else word.raw
        if skip:
            skip = False
        elif text in names:
            value = command.words[at + 1] if at + 1 < len(command.words) else None
            skip = True
            yield Named(text, word, value), value.text if value else None
        else:
            name, equals, rest = text.partition("=")
            if equals and name in names:
                yield Named(name, word), rest if word.text is not None else None


def drop(facts: Facts, command: Command, found: Named) -> tuple[Change, ...]:
    """Return the change that takes an option away; none where it has no place of its own."""
    if command.form != "shell":
        return _drop_json(facts, found) if command.form == "exec" else ()
    raw, name = found.word.raw, found.name
    if len(name) == 2 and raw != name and not raw.startswith("--"):
        if found.word.text != raw:
            return ()
        return (replace(found.word.span, raw.replace(name[1], "", 1)),)
    if found.value is None:
        return (_without(facts, found.word.span),)
    gap = facts.file.data[found.word.span.end : found.value.span.start]
    if gap.strip(_BLANKS):
        return ()
    both = type(found.word.span)(found.word.span.start, found.value.span.end)
    return (_without(facts, both),)


def _without(facts: Facts, span: Span) -> Change:
    """Take words away, and with them a continued line that holds nothing else."""
    file = facts.file
    line = file.position(span.start)[0]
    whole = file.line_span(line)
    alone = not file.data[whole.start : span.start].strip(_BLANKS)
    rest = file.data[span.end : whole.end].strip(_BLANKS)
    if alone and rest == file.escape.encode() and file.position(span.end)[0] == line:
        end = file.line_span(line + 1).start
        return Change(type(span)(whole.start, end), "")
    return drop_word(file, span)


def _drop_json(facts: Facts, found: Named) -> tuple[Change, ...]:
    """Take a string out of a JSON list with the comma in front of it."""
    start, end = found.word.span.start, (found.value or found.word).span.end
    data = facts.file.data
    before = data[:start].rstrip(b" \t")
    if not before.endswith(b",") or found.word.raw.encode() not in data[start:end]:
        return ()
    span = type(found.word.span)(len(before) - 1, end)
    return (Change(span, ""),)


class Setting(Struct, frozen=True):
    """A variable that is set in an ENV or ARG instruction.

    Attributes:
        name: Of the variable.
        value: Without quotes; None if not known.
        span: The pair.
        changes: What takes it away; empty where that is not certain.
    """

    name: str
    value: str | None
    span: Span
    changes: tuple[Change, ...]


@cache
def _any_of(names: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(name.encode() for name in sorted(names)), re.IGNORECASE)


def settings(instruction: Instruction, facts: Facts, names: frozenset[str]) -> Iterator[Setting]:
    """Give the variables that an ENV or ARG instruction sets, of some names in upper case."""
    if not _any_of(names).search(instruction.text.data):
        return
    pairs = instruction.pairs
    for pair in pairs:
        if pair.name.upper() not in names or pair.value is None:
            continue
        value = None if "$" in pair.value else pair.value.strip("'\"")
        changes: tuple[Change, ...] = ()
        alone = not instruction.inside and not instruction.above
        if len(pairs) == 1 and alone:
            changes = (drop_instruction(facts.file, instruction),)
        elif len(pairs) > 1 and instruction.line == instruction.last:
            changes = (drop_word(facts.file, pair.span),)
        yield Setting(pair.name, value, pair.span, changes)
