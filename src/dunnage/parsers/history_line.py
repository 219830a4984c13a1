"""What stands where in a line of an image's history, as the builders write it.

Variables, labels and build arguments are written without quotes (``ENV A=b c D=e``), so a value ends
where something like the next name begins; and those of ``|2 A=b C=d /bin/sh -c make`` where the shell
does. It is not specified; see ``dockerfile_history`` for the builders that are known.
"""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    import re

STARS = "***"
"""What stands in a history, and everywhere else, for a secret that was taken out."""
KEYWORDS = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER",
    "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})  # fmt: skip
SETTING = frozenset({"ARG", "ENV", "LABEL"})
"""Those whose words are names with values."""

_NOP = pattern(rb"\s*(?:RUN )?(?:\|\d{1,4} [^#]{0,2000}?)?/bin/sh -c #\(nop\)\s*")
_KEYWORD = pattern(rb"\s*([A-Z]{3,11})\s+")
_ARGUMENTS = pattern(rb"\s*\|(\d{1,4}) ")
_NAME = pattern(rb"(?:(?<= )|\A)([A-Za-z_][A-Za-z0-9_./-]{0,200})=")
_PLAIN = pattern(rb"([A-Za-z_][A-Za-z0-9_./-]{0,200})\s+(?=\S)")
_SHELL = pattern(rb" /[\w./-]{1,80}sh -")
_BEFORE = pattern(rb"\s*/[\w./-]{1,80}sh (?:-\w{1,20} (?:pipefail )?){1,6}")
_END = pattern(rb"\s*(?:# buildkit)?\s*\Z")
_TAIL = 64
"""Bytes at the end of a line in which the builder's mark stands."""


class Value(Struct, frozen=True):
    """What a name is set to.

    Attributes:
        name: The variable, build argument or label.
        start: Offset of the first byte of its value, without quotes.
        end: Offset behind the last.
    """

    name: str
    start: int
    end: int


class HistoryLine(Struct, frozen=True):
    """One line of the history.

    Attributes:
        keyword: In upper case; ``RUN`` where a builder writes only the command.
        values: What is set: by the line itself, or of a ``RUN`` the build arguments it held for.
        command: Offset behind keyword, build arguments and shell.
        trigger: True if ``ONBUILD`` holds it.
    """

    keyword: str
    values: tuple[Value, ...]
    command: int
    trigger: bool = False


def read(line: bytes) -> HistoryLine:
    """Return what stands where in a line; offsets are those of the line as it was given."""
    nop = _NOP.match(line)
    keyword, at = _keyword(line, nop.end() if nop else 0)
    trigger = keyword == "ONBUILD"
    if trigger:
        keyword, at = _keyword(line, at)
    if keyword in SETTING:
        return HistoryLine(keyword, _set(line, at, keyword), at, trigger)
    if keyword != "RUN":
        return HistoryLine(keyword, (), at, trigger)
    values, at = _handed(line, at)
    shell = _BEFORE.match(line, at)
    return HistoryLine("RUN", values, shell.end() if shell else at, trigger)


def _keyword(line: bytes, at: int) -> tuple[str, int]:
    word = _KEYWORD.match(line, at)
    keyword = word[1].decode() if word else ""
    if word is None or keyword not in KEYWORDS:
        return "RUN", at
    return keyword, word.end()


def _set(line: bytes, start: int, keyword: str) -> tuple[Value, ...]:
    """Return what ENV, ARG or LABEL sets."""
    tail = _END.search(line, max(start, len(line) - _TAIL))
    end = tail.start() if tail else len(line)
    names = [*_NAME.finditer(line, start, end)]
    if names and names[0].start() == start:
        ends = [*(match.start() - 1 for match in names[1:]), end]
        return tuple(_value(line, m, stop) for m, stop in zip(names, ends, strict=True))
    plain = _PLAIN.match(line, start, end) if keyword != "ARG" else None
    return (_value(line, plain, end),) if plain else ()


def _handed(line: bytes, start: int) -> tuple[tuple[Value, ...], int]:
    """Return the build arguments of a RUN, and where what follows begins."""
    count = _ARGUMENTS.match(line, start)
    if count is None:
        return (), start
    names = [*islice(_NAME.finditer(line, count.end()), int(count[1]))]
    if not names:
        return (), count.end()
    last = names[-1].end()
    shell = _SHELL.search(line, last)
    space = line.find(b" ", last)
    end = shell.start() if shell else space if space >= 0 else len(line)
    values = [_value(line, one, after.start() - 1) for one, after in pairwise(names)]
    return (*values, _value(line, names[-1], end)), end


def _value(line: bytes, match: re.Match[bytes], end: int) -> Value:
    start = match.end()
    while end > start and line[end - 1] in b" \t\r\n\"'":
        end -= 1
    while start < end and line[start] in b"\"'":
        start += 1
    return Value(match[1].decode(), start, end)
