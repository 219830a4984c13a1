"""Patterns of ``${name#pattern}`` and its kin, matched as the builder does.

A star stands for any text and a question mark for one character; brackets mean nothing, unlike in a
shell (github.com/moby/buildkit, ``frontend/dockerfile/shell``). No pattern is tried twice at one
place, so that time is linear in the value whatever the pattern is.
"""

from __future__ import annotations

import re

from msgspec import Struct

_ANY, _STAR = "?", "*"
LONGEST_VALUE = 1024
"""Characters of a value that patterns are tried on."""


class Pattern(Struct, frozen=True):
    """A pattern, cut at its stars.

    Attributes:
        parts: What stands between the stars; ``None`` is any one character.
    """

    parts: tuple[tuple[str | None, ...], ...]

    @property
    def backwards(self) -> Pattern:
        """Return the pattern of reversed texts."""
        return Pattern(tuple(part[::-1] for part in self.parts[::-1]))

    def find(self, text: str, start: int = 0) -> tuple[int, int] | None:
        """Return the first place that matches, as long as can be, or None."""
        begin, at = start, start
        for number, part in enumerate(self.parts):
            found = _first(part, text, at)
            if found < 0:
                return None
            if not number and (part or len(self.parts) == 1):
                begin = found
            at = found + len(part)
        return begin, self._last_end(text, at)

    def prefix(self, text: str, *, longest: bool) -> int:
        """Return how many characters at the beginning match; 0 if none do."""
        if _first(self.parts[0], text[: len(self.parts[0])], 0) != 0:
            return 0
        at = len(self.parts[0])
        for part in self.parts[1:]:
            found = _first(part, text, at)
            if found < 0:
                return 0
            at = found + len(part)
        return self._last_end(text, at) if longest else at

    def _last_end(self, text: str, end: int) -> int:
        """Return the last place where the match can end that ends at one place."""
        if len(self.parts) == 1:
            return end
        part = self.parts[-1]
        if not part:
            return len(text)
        found = _last(part, text, end - len(part))
        return found + len(part)


def pattern(text: str) -> Pattern | None:
    """Return a pattern, or None if the builder refuses it."""
    parts: list[list[str | None]] = [[]]
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == _STAR:
            parts.append([])
        elif char == _ANY:
            parts[-1].append(None)
        elif char == "\\":
            escaped = text[at : at + 1]
            at += 1
            if escaped not in {"*", "?", "\\", "}", "/"}:
                return None
            parts[-1].append(escaped)
        else:
            parts[-1].append(char)
    return Pattern(tuple(tuple(part) for part in parts))


def replaced(text: str, wanted: Pattern, new: str, *, everywhere: bool) -> str:
    """Return a text with the first match of a pattern, or all of them, replaced."""
    out: list[str] = []
    at, before = 0, -1
    while at <= len(text):
        found = wanted.find(text, at)
        if found is None:
            break
        start, end = found
        if start == end == before:
            # Nothing is replaced directly behind a match, or it would never end.
            out.append(text[at : at + 1])
            at += 1
            before = -1
            continue
        out += [text[at:start], new]
        before = at = end
        if not everywhere:
            break
        if start == end:
            out.append(text[at : at + 1])
            at += 1
    return "".join([*out, text[at:]])


def _first(part: tuple[str | None, ...], text: str, at: int) -> int:
    if None not in part:
        return text.find("".join(char or "" for char in part), at)
    match = _expression(part).search(text, at)
    return match.start() if match else -1


def _last(part: tuple[str | None, ...], text: str, at: int) -> int:
    """Return the last place of a part, which is known to stand at one place at least."""
    if None not in part:
        return text.rfind("".join(char or "" for char in part), at)
    found = at
    ahead = re.compile(f"(?={_expression(part).pattern})", re.DOTALL)
    for match in ahead.finditer(text, at):
        found = match.start()
    return found


def _expression(part: tuple[str | None, ...]) -> re.Pattern[str]:
    return re.compile("".join("." if one is None else re.escape(one) for one in part), re.DOTALL)
