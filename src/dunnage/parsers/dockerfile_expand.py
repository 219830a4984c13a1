"""Expands variables in Dockerfile instructions as the builder does.

https://docs.docker.com/reference/dockerfile/, "Environment replacement": ``$name``, ``${name}``,
``${name:-word}`` and its kin, ``#`` and ``%`` to cut, ``/`` to replace; quotes are taken away, and
in single quotes nothing is expanded. The details are those of BuildKit (github.com/moby/buildkit,
``frontend/dockerfile/shell/lex.go``). A value that only the build knows makes the result unknown,
and so does what the builder refuses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers import _dockerfile_patterns as patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]")
_PLAIN = re.compile(r"[^$'\"\\`}]+")
_PLAIN_TO_SLASH = re.compile(r"[^$'\"\\`}/]+")
"""What stands for itself, whatever the escape character and what it is part of."""
_DEEPEST = 20
_LONGEST = 4 * 1024


class Expanded(Struct, frozen=True):
    """What came of expanding a text.

    Attributes:
        value: The result, or None if it depends on what only the build knows.
        undefined: Names that nothing defines, in order.
        used: All names that were looked at, in order.
    """

    value: str | None
    undefined: tuple[str, ...]
    used: tuple[str, ...]


def expand(
    text: str, known: Mapping[str, str | None], *, escape: str = "\\", complete: bool = True
) -> Expanded:
    """Return a text with its variables and without its quotes.

    Args:
        text: As written.
        known: Values by name; None for those that are set to something unknown.
        escape: The escape character of the file.
        complete: False if further names may be defined (by a base image), so that the result is
            unknown where one of those is used.
    """
    if stands_for_itself(text, escape):
        return Expanded(text, (), ())
    run = _Run(text, known, escape)
    run.complete = complete
    value = run.until("", 0)
    known_value = None if run.unknown or len(value) > _LONGEST else value
    return Expanded(known_value, tuple(run.undefined), tuple(run.used))


def stands_for_itself(text: str, escape: str) -> bool:
    """Tell whether a text has neither variables nor quotes."""
    return "$" not in text and "'" not in text and '"' not in text and escape not in text


class _Run:
    def __init__(self, text: str, known: Mapping[str, str | None], escape: str) -> None:
        self.text = text
        self.known = known
        self.escape = escape
        self.complete = True
        self.at = 0
        self.size = 0
        self.unknown = False
        self.refused = False
        self.undefined: list[str] = []
        self.used: list[str] = []

    def give_up(self) -> str:
        """Note that the builder refuses the text or it is too long, and read nothing more."""
        self.unknown = self.refused = True
        self.at = len(self.text)
        return ""

    def grown(self, part: str) -> str:
        """Return a part of the result, or give up if there is too much of it."""
        self.size += len(part)
        return self.give_up() if self.size > _LONGEST else part

    def until(self, stop: str, depth: int, *, raw: bool = False) -> str:
        """Return what comes before a stop character, which is taken as well.

        Args:
            stop: The character; empty for the end of the text.
            depth: How deep it is nested.
            raw: True if escape characters are kept, for patterns.
        """
        out: list[str] = []
        while self.at < len(self.text):
            plain = (_PLAIN_TO_SLASH if stop == "/" else _PLAIN).match(self.text, self.at)
            if plain is not None:
                self.at = plain.end()
                out.append(self.grown(plain[0]))
                continue
            char = self.text[self.at]
            self.at += 1
            if stop and char == stop:
                return "".join(out)
            out.append(self.grown(self._one(char, depth, raw=raw)))
        if stop:
            self.refused = self.unknown = True
        return "".join(out)

    def _one(self, char: str, depth: int, *, raw: bool) -> str:
        if char == "'":
            end = self.text.find("'", self.at)
            if end < 0:
                return self.give_up()
            inner, self.at = self.text[self.at : end], end + 1
            return inner
        if char == '"':
            return self._double(depth, raw=raw)
        if char == "$":
            return self._variable(depth)
        if char == self.escape:
            inner = self.text[self.at : self.at + 1]
            self.at += 1
            return char + inner if raw else inner
        return char

    def _double(self, depth: int, *, raw: bool) -> str:
        out: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == '"':
                return "".join(out)
            if char == "$":
                out.append(self.grown(self._variable(depth)))
                continue
            if char == self.escape:
                if raw:
                    out.append(char)
                ahead = self.text[self.at : self.at + 1]
                if ahead in {'"', "$", char}:
                    char = ahead
                    self.at += 1
                elif not ahead:
                    break
            out.append(char)
        return self.give_up()

    def _variable(self, depth: int) -> str:
        if self.text[self.at : self.at + 1] == "{":
            self.at += 1
            return self._braced(depth)
        name = self._name()
        return self._value(name) if name else "$"

    def _name(self) -> str:
        match = _NAME.match(self.text, self.at)
        end = match.end() if match else self.at
        letters = match is None or match[0][0].isalpha() or match[0][0] == "_"
        while letters and end < len(self.text) and _in_name(self.text[end]):
            end += 1
        name, self.at = self.text[self.at : end], end
        return name

    def _value(self, name: str) -> str:
        self.used.append(name)
        if name not in self.known:
            self.undefined.append(name)
            self.unknown = self.unknown or not self.complete
            return ""
        value = self.known[name]
        if value is None:
            self.unknown = True
            return ""
        return value

    def _braced(self, depth: int) -> str:
        name = self._name()
        if not name or depth > _DEEPEST:
            return self.give_up()
        start = self.at
        operator = self.text[start : start + 1]
        if operator == "}":
            self.at += 1
            return self._value(name)
        if operator == ":":
            operator = self.text[start : start + 2]
        self.at += len(operator)
        if operator in {":-", "-", ":+", "+", ":?", "?"}:
            return self._default(name, operator, depth)
        if operator in {"#", "%"}:
            return self._cut(name, operator, depth)
        if operator == "/":
            return self._replaced(name, depth)
        return self.give_up()

    def _default(self, name: str, operator: str, depth: int) -> str:
        unknown, undefined, used = self.unknown, len(self.undefined), len(self.used)
        word = self.until("}", depth + 1)
        self.used.append(name)
        value = self.known.get(name)
        there = name in self.known and (value != "" or ":" not in operator)
        if there and value is None:
            self.unknown = True
            return ""
        if "?" not in operator and ("+" in operator) == there:
            return word
        # The word is not used, so what it needs is not missed.
        self.unknown = unknown or self.refused
        del self.undefined[undefined:]
        self.used[used:] = [name]
        if "?" in operator and not there:
            self.undefined.append(name)
            self.refused = self.unknown = True
        return (value or "") if there or "+" not in operator else ""

    def _cut(self, name: str, operator: str, depth: int) -> str:
        """Return a value without what matches a pattern at its beginning or end."""
        word = self.until("}", depth + 1, raw=True)
        value = self._value(name)
        longest = word.startswith(operator)
        wanted = patterns.pattern(word[1:] if longest else word)
        self.refused = self.refused or wanted is None
        if wanted is None or self.unknown or len(value) > patterns.LONGEST_VALUE:
            self.unknown = True
            return ""
        if operator == "#":
            return value[wanted.prefix(value, longest=longest) :]
        size = wanted.backwards.prefix(value[::-1], longest=longest)
        return value[: len(value) - size]

    def _replaced(self, name: str, depth: int) -> str:
        """Return a value with what matches a pattern replaced."""
        everywhere = self.text[self.at : self.at + 1] == "/"
        self.at += everywhere
        word = self.until("/", depth + 1, raw=True)
        new = self.until("}", depth + 1, raw=True)
        value = self._value(name)
        wanted = patterns.pattern(word)
        # The builder takes ``$1`` in the replacement for a group of a regular expression.
        odd = everywhere and "$" in new
        self.refused = self.refused or wanted is None
        if wanted is None or odd or self.unknown or len(value) > patterns.LONGEST_VALUE:
            self.unknown = True
            return ""
        if everywhere and len(new) * (len(value) + 1) > _LONGEST * 4:
            self.unknown = True
            return ""
        return patterns.replaced(value, wanted, new, everywhere=everywhere)


def _in_name(char: str) -> bool:
    return char.isalpha() or char.isdecimal() or char == "_"
