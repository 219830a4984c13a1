"""Reads shell commands that need no grammar: plain and quoted words, ``&&``, ``||``, ``|``, ``;``.

More than half of all RUN instructions are like that, and are read here in a tenth of the time.
Anything else is left to the grammar, which gives the same for what is read here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_VARIABLE = rb"\$(?:[A-Za-z_]\w*+|\{[A-Za-z_]\w*+\})"
_WORD = (
    rb"(?:[\w./:@%,=+*-]++|" + _VARIABLE + rb"|'[\w ./:@%,=+-]*+'"
    rb"|\"(?:[\w ./:@%,=+-]++|" + _VARIABLE + rb")*+\")++"
)
_TOKEN = re.compile(rb"[ \t]*+(?:(" + _WORD + rb")(?=[ \t;|&]|\Z)|(&&|\|\|?|;))", re.ASCII)
_ASSIGNED = re.compile(rb"([A-Za-z_]\w*)=", re.ASCII)
_OTHER = frozenset({
    b"if", b"then", b"elif", b"else", b"fi", b"for", b"select", b"while", b"until", b"do", b"done",
    b"case", b"esac", b"in", b"function", b"coproc", b"declare", b"typeset", b"export", b"readonly",
    b"local", b"unset", b"unsetenv", b"let", b"time",
})  # fmt: skip
"""Words that may begin something else than a simple command."""
_MARKS = re.compile(rb"['\"]")


class Simple(NamedTuple):
    """One command.

    Attributes:
        join: What stands between it and the command before; empty for the first.
        piped: True if its output goes into the next one.
        guarded: True behind ``||``.
        assignments: Names and values in front of it.
        words: Where its words stand, and what each means; None if only the shell knows.
        start: Where it begins.
    """

    join: str
    piped: bool
    guarded: bool
    assignments: tuple[tuple[str, str | None], ...]
    words: tuple[tuple[int, int, str | None], ...]
    start: int


def simple(data: bytes) -> tuple[Simple, ...] | None:
    """Return the commands of a body, or None if it takes more to read them."""
    found: list[Simple] = []
    words: list[tuple[int, int, str | None]] = []
    assignments: list[tuple[str, str | None]] = []
    join, guarded = "", False
    at, start, size = 0, -1, len(data)
    while at < size:
        match = _TOKEN.match(data, at)
        if match is None:
            return None
        at = match.end()
        sign = match[2]
        if sign is None:
            begin, raw = match.start(1), match[1]
            start = begin if start < 0 else start
            bare = None if b"$" in raw or b"*" in raw else _MARKS.sub(b"", raw).decode()
            if not words:
                if (
                    raw in _OTHER
                    or raw[0] == 0x2D
                    or (b"=" in raw and not (named := _ASSIGNED.match(raw)))
                ):
                    return None
                if b"=" in raw and named:
                    value = None if bare is None else bare[named.end() :]
                    assignments.append((named[1].decode(), value))
                    continue
            words.append((begin, at, bare))
            continue
        if not words:
            return None
        told = sign.decode()
        found.append(Simple(join, told == "|", guarded, tuple(assignments), tuple(words), start))
        # What a pipeline behind || is made of may not run either, up to its end.
        guarded = told == "||" or (told == "|" and guarded)
        join, start = told, -1
        words, assignments = [], []
    if words:
        found.append(Simple(join, False, guarded, tuple(assignments), tuple(words), start))
    elif join != ";" or assignments:
        return None
    return tuple(found)
