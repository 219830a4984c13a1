"""Finds what a shell expands in a word, and whether quotes protect it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from dunnage.parsers.shell import ShellWord

_NAME = pattern(r"[A-Za-z_]\w*", re.ASCII)
_SPECIAL_CHAR = pattern(r"[\\\"'$`]")
_SPECIAL = frozenset("0123456789@*#?$!-")
VARIABLE, SUBSTITUTION = "variable", "substitution"


class Expansion(Struct, frozen=True):
    """One unquoted expansion of a word.

    Attributes:
        kind: ``variable`` or ``substitution``.
        name: Of the variable, or the text of the substitution without ``$(`` and ``)``.
        raw: As written.
        span: Where in the file; the whole word if the word has no place byte for byte.
    """

    kind: str
    name: str
    raw: str
    span: Span


def unquoted(word: ShellWord) -> list[Expansion]:
    """Return the variables and substitutions of a word that no quotes protect."""
    raw = word.raw
    if "$" not in raw and "`" not in raw:
        return []
    plain = word.span.end - word.span.start == len(raw.encode())
    found: list[Expansion] = []
    at, quoted = 0, False
    while (special := _SPECIAL_CHAR.search(raw, at)) is not None:
        at = special.start()
        char = raw[at]
        end = at + 1
        if char == "\\":
            end = at + 2
        elif char == '"':
            quoted = not quoted
        elif char == "'" and not quoted:
            close = raw.find("'", at + 1)
            end = len(raw) if close < 0 else close + 1
        elif char in "$`":
            kind, name, end = _expansion(raw, at)
            if kind and not quoted:
                span = word.span
                if plain:
                    start = span.start + len(raw[:at].encode())
                    span = Span(start, start + len(raw[at:end].encode()))
                found.append(Expansion(kind, name, raw[at:end], span))
        at = end
    return found


def _expansion(raw: str, at: int) -> tuple[str, str, int]:
    """Return kind, name and end of what begins with a dollar sign or backtick."""
    if raw[at] == "`":
        close = raw.find("`", at + 1)
        end = len(raw) if close < 0 else close
        return SUBSTITUTION, raw[at + 1 : end], end + 1
    following = raw[at + 1 : at + 2]
    if following == "(":
        end = _closed(raw, at + 1, "(", ")")
        if raw.startswith("((", at + 1):
            return "", "", end
        return SUBSTITUTION, raw[at + 2 : end - 1], end
    if following == "{":
        end = _closed(raw, at + 1, "{", "}")
        match = _NAME.match(raw, at + 2)
        return (VARIABLE, match[0], end) if match else ("", "", end)
    match = _NAME.match(raw, at + 1)
    if match:
        return VARIABLE, match[0], match.end()
    return "", "", at + 2 if following in _SPECIAL and following else at + 1


def _closed(raw: str, at: int, opening: str, closing: str) -> int:
    """Return the offset behind the bracket that closes the one at an offset."""
    depth, quote = 0, ""
    while at < len(raw):
        char = raw[at]
        if char == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return len(raw)
