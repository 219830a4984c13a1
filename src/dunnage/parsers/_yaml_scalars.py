"""Reads quoted scalars and flow collections of YAML.

The rules are those of YAML 1.2.2, chapter 7.3 (flow scalar styles) and 7.4 (flow collections).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from dunnage.parsers._small_yaml import Node

_SINGLE = re.compile(r"'(?:[^']|'')*+'")
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_PLAIN_KEY = re.compile(r"[^,\[\]{}'\"][^,\[\]{}]*?(?=:(?:[ ,\]}]|$)|[,\]}]|$)")
_NAMED = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
}
_BRACKETS = re.compile(r"[\[\]{}'\"]")


class Scanner:
    """Reads one value from a text.

    Args:
        text: What is left of the line, perhaps with lines below joined to it.
        number: Of the line, for messages.
        depth: How deep collections may be nested.
    """

    def __init__(self, text: str, number: int, depth: int) -> None:
        self._text = text
        self._at = 0
        self._number = number
        self._depth = depth

    def value(self) -> Node:
        """Return the value the text consists of."""
        found = self._node(0)
        rest = self._text[self._at :].strip()
        if rest and not rest.startswith("#"):
            raise self._broken(f"{rest[:20]!r} after a value")
        return found

    def key(self) -> str:
        """Return the text of a key."""
        if self._text[:1] in {"'", '"'}:
            found = self._quoted()
            if self._at != len(self._text):
                raise self._broken("something after a quoted key")
            return found
        if self._text[:1] in set("&*!|>%@[]{},"):
            raise self._broken(f"a key that begins with {self._text[0]!r}")
        return self._text.strip()

    def quoted_end(self) -> int:
        """Return where a quoted text at the beginning ends, or -1."""
        match = (_SINGLE if self._text[0] == "'" else _DOUBLE).match(self._text)
        return match.end() if match else -1

    def _broken(self, message: str) -> InputError:
        where = f"line {self._number}"
        return InputError(f"no YAML as lock files have it: {message}", where=where)

    def _peek(self) -> str:
        while self._text[self._at : self._at + 1] == " ":
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _node(self, level: int) -> Node:
        if level > self._depth:
            raise LimitError("YAML nested too deeply", where=f"line {self._number}")
        char = self._peek()
        if char == "{":
            return self._mapping(level)
        if char == "[":
            return self._sequence(level)
        return self._quoted() if char in {"'", '"'} else self._plain()

    def _mapping(self, level: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        self._at += 1
        while self._peek() != "}":
            key = self._quoted() if self._peek() in {"'", '"'} else self._plain()
            value: Node = ""
            if self._peek() == ":":
                self._at += 1
                value = "" if self._peek() in {",", "}"} else self._node(level + 1)
            found[key] = value
            self._comma("}")
        self._at += 1
        return found

    def _sequence(self, level: int) -> list[Node]:
        found: list[Node] = []
        self._at += 1
        while self._peek() != "]":
            found.append(self._node(level + 1))
            self._comma("]")
        self._at += 1
        return found

    def _comma(self, end: str) -> None:
        char = self._peek()
        if char == ",":
            self._at += 1
        elif char != end:
            raise self._broken(f"neither a comma nor {end} in a collection")

    def _plain(self) -> str:
        self._peek()
        match = _PLAIN_KEY.match(self._text, self._at)
        if match is None or match[0][0] in "&*!|>%@" or match[0].strip() in {"?", "-"}:
            raise self._broken(f"no value at {self._text[self._at : self._at + 20]!r}")
        self._at = match.end()
        return match[0].strip()

    def _quoted(self) -> str:
        single = self._text[self._at] == "'"
        match = (_SINGLE if single else _DOUBLE).match(self._text, self._at)
        if match is None:
            raise self._broken("a quoted text that does not end")
        self._at = match.end()
        inner = match[0][1:-1]
        if single:
            return inner.replace("''", "'")
        return _ESCAPE.sub(self._unescaped, inner) if "\\" in inner else inner

    def _unescaped(self, match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "xuU" and len(code) > 1:
            number = int(code[1:], 16)
            if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
                return "\ufffd"
            return chr(number)
        if code not in _NAMED:
            raise self._broken(f"the escape \\{code}")
        return _NAMED[code]


def end_of_quoted(text: str) -> bool:
    """Tell whether a text that begins with a quote has its end, too."""
    return Scanner(text, 0, 0).quoted_end() >= 0


def flow_ends(text: str) -> bool:
    """Tell whether a text that begins with a bracket has all brackets closed."""
    at = 0
    opened = 0
    while match := _BRACKETS.search(text, at):
        char = match[0]
        at = match.end()
        if char in "[{":
            opened += 1
        elif char in "]}":
            opened -= 1
            if opened <= 0:
                return True
        elif text[match.start() - 1] in "[{,: ":
            quoted = (_SINGLE if char == "'" else _DOUBLE).match(text, match.start())
            if quoted is None:
                return False
            at = quoted.end()
    return False


def without_comment(text: str) -> str:
    """Return a plain text without a comment behind it."""
    return text.partition(" #")[0].rstrip()


def folded(lines: list[str]) -> str:
    """Return lines joined by blanks, and by line breaks where a line between them is empty."""
    found: list[str] = []
    breaks = 0
    for line in lines:
        if not line:
            breaks += 1
            continue
        found += ["\n" * breaks if breaks else " " if found else "", line]
        breaks = 0
    return "".join(found)
