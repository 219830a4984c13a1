"""Expands variables in Dockerfile instructions as the builder does.

https://docs.docker.com/reference/dockerfile/, "Environment replacement": ``$name``, ``${name}``,
``${name:-word}`` and its kin, ``#`` and ``%`` to cut, ``/`` to replace; quotes are taken away, and
in single quotes nothing is expanded. A value that only the build knows makes the result unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]|[@*#?$!-]")
_DEEPEST = 20
_LONGEST = 64 * 1024


class Expanded(NamedTuple):
    """What came of expanding a text.

    Attributes:
        value: The result, or None if it depends on what only the build knows.
        undefined: Names that nothing defines, in order.
        used: All names that were looked at, in order.
    """

    value: str | None
    undefined: tuple[str, ...]
    used: tuple[str, ...]


def expand(text: str, known: Mapping[str, str | None], *, escape: str = "\\") -> Expanded:
    """Return a text with its variables and without its quotes.

    Args:
        text: As written.
        known: Values by name; None for those that are set to something unknown.
        escape: The escape character of the file.
    """
    if not {"$", "'", '"', escape} & {*text}:
        return Expanded(text, (), ())
    run = _Run(text, known, escape)
    value = run.until("", 0)
    known_value = None if run.unknown or len(value) > _LONGEST else value
    return Expanded(known_value, tuple(run.undefined), tuple(run.used))


class _Run:
    def __init__(self, text: str, known: Mapping[str, str | None], escape: str) -> None:
        self.text = text
        self.known = known
        self.escape = escape
        self.at = 0
        self.size = 0
        self.unknown = False
        self.undefined: list[str] = []
        self.used: list[str] = []

    def until(self, stop: str, depth: int) -> str:
        """Return what comes before a stop character, which is taken as well."""
        out: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if stop and char == stop:
                self.at += 1
                break
            self.at += 1
            out.append(self._one(char, depth))
            self.size += len(out[-1])
            if self.size > _LONGEST:
                self.unknown = True
                self.at = len(self.text)
        return "".join(out)

    def _one(self, char: str, depth: int) -> str:
        if char == "'":
            end = self.text.find("'", self.at)
            end = len(self.text) if end < 0 else end
            inner, self.at = self.text[self.at : end], end + 1
            return inner
        if char == '"':
            return self._double(depth)
        if char == "$":
            return self._variable(depth)
        if char == self.escape:
            inner = self.text[self.at : self.at + 1]
            self.at += 1
            return inner
        return char

    def _double(self, depth: int) -> str:
        out: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == '"':
                break
            if char == "$":
                out.append(self._variable(depth))
            elif char == self.escape and self.text[self.at : self.at + 1] in {'"', "$", char}:
                out.append(self.text[self.at])
                self.at += 1
            else:
                out.append(char)
        return "".join(out)

    def _variable(self, depth: int) -> str:
        if self.text[self.at : self.at + 1] == "{":
            self.at += 1
            return self._braced(depth)
        name = self._name()
        return self._value(name) if name else "$"

    def _name(self) -> str:
        match = _NAME.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def _value(self, name: str) -> str:
        self.used.append(name)
        if name not in self.known:
            self.undefined.append(name)
            return ""
        value = self.known[name]
        if value is None:
            self.unknown = True
            return ""
        return value

    def _braced(self, depth: int) -> str:
        name = self._name()
        if not name or depth > _DEEPEST:
            self.unknown = True
            self.at = len(self.text)
            return ""
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
        if operator in {"#", "%", "/"}:
            self.until("}", depth + 1)
            self._value(name)
            self.unknown = True
            return ""
        self.unknown = True
        self.at = len(self.text)
        return ""

    def _default(self, name: str, operator: str, depth: int) -> str:
        unknown, undefined, used = self.unknown, list(self.undefined), list(self.used)
        word = self.until("}", depth + 1)
        self.used.append(name)
        value = self.known.get(name)
        there = name in self.known and (value != "" or ":" not in operator)
        if there and value is None:
            self.unknown = True
            return ""
        if ("+" in operator) == there:
            return word
        # The word is not used, so what it needs is not missed.
        self.unknown, self.undefined, self.used = unknown, undefined, [*used, name]
        if "?" in operator and not there:
            self.undefined.append(name)
        return value or ""
