"""Cuts the text of a Dockerfile instruction into flags, words, pairs and JSON lists.

Each follows the function of BuildKit's reader (github.com/moby/buildkit,
``frontend/dockerfile/parser/line_parsers.go`` and ``split_command.go``).
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from msgspec import Struct

from dunnage.parsers._dockerfile_text import WIDE, Span, Word

if TYPE_CHECKING:
    from dunnage.parsers._dockerfile_text import Text

_QUOTED = rb"'[^']*+(?:'|\Z)"
_WIDE_LEADS = rb"\xc2\xe1\xe2\xe3"


def _word_pattern(escape: bytes, leads: bytes, wide: bytes) -> re.Pattern[bytes]:
    """Return what a word is; an escape character that ends the text is not part of it."""
    plain = rb"[^\s'\"" + escape + leads + rb"]++" + wide
    double = rb'"(?:[^"' + escape + rb"]++|" + escape + rb'.)*+(?:"|(?=' + escape + rb"?\Z))"
    choices = b"|".join([plain, escape + rb".", _QUOTED, double])
    return re.compile(rb"(?:" + choices + rb")++", re.DOTALL)


@cache
def _words(escape: bytes) -> re.Pattern[bytes]:
    return _word_pattern(re.escape(escape), b"", b"")


@cache
def _wide_words(escape: bytes) -> re.Pattern[bytes]:
    """Return the same for text that may hold white space outside of ASCII."""
    wide = rb"|(?!" + WIDE + rb")[" + _WIDE_LEADS + rb"]"
    return _word_pattern(re.escape(escape), _WIDE_LEADS, wide)


@cache
def _flag_pattern(escape: bytes) -> re.Pattern[bytes]:
    """Return what a flag is; unlike in words, single quotes know the escape character too."""
    quoted = [
        q + rb"(?:[^" + q + escape + rb"]++|" + escape + rb"(?:.|\Z))*+(?:" + q + rb"|\Z)"
        for q in (b"'", b'"')
    ]
    plain = rb"[^\s'\"\xc2" + escape + rb"]++|\xc2(?![\x85\xa0])"
    choices = b"|".join([plain, escape + rb"(?:.|\Z)", *quoted])
    return re.compile(rb"--(?:" + choices + rb")*+", re.DOTALL)


_BARE = re.compile(rb"\S+")
_SPACE = re.compile(rb"\s*")
_BLANKS = re.compile(rb"(?:\s|" + WIDE + rb")*+")
_STRING = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SURROGATE = re.compile("[\ud800-\udfff]")


def _refused_constant(name: str) -> NoReturn:
    raise ValueError(name)


_JSON = json.JSONDecoder(parse_constant=_refused_constant, parse_int=len, parse_float=len)


class Flag(Struct, frozen=True):
    """One flag of an instruction, such as ``--from=build``.

    Attributes:
        name: Without dashes, as written.
        value: What follows the equals sign without quotes, or None if there is none.
        span: The whole flag.
    """

    name: str
    value: str | None
    span: Span

    def options(self) -> dict[str, str]:
        """Return the parts of a value like ``type=cache,target=/x``; a bare word has ``true``.

        Keys are in lower case, as BuildKit reads ``--mount``.
        """
        parts = (part.partition("=") for part in _csv(self.value or "") if part)
        return {key.strip().lower(): value if equals else "true" for key, equals, value in parts}


class Pair(Struct, frozen=True):
    """A name with a value, as in ENV, LABEL and ARG.

    Attributes:
        name: As written.
        value: As written, quotes included, or None if there is no equals sign.
        span: The whole pair.
        value_span: Where the value is; empty at the end if there is none.
    """

    name: str
    value: str | None
    span: Span
    value_span: Span


class Heredoc(Struct, frozen=True):
    """A here-document.

    Attributes:
        name: The word that ends it.
        fd: File descriptor, 0 if none is written.
        expand: True if variables in it are expanded (the word is not quoted).
        tabs: True if leading tabs are taken away (``<<-``).
        marker: Where ``<<EOF`` stands.
        body: Where its body lies, without the line that ends it.
        content: The body; what is not UTF-8 is replaced.
        ended: False if the file has no line that ends it.
    """

    name: str
    fd: int
    expand: bool
    tabs: bool
    marker: Span
    body: Span
    content: str
    ended: bool


def flags(text: Text, escape: bytes) -> tuple[tuple[Flag, ...], Text]:
    """Return the flags at the beginning of a text, and what follows them."""
    found: list[Flag] = []
    at = 0
    data = text.data
    while True:
        at = _end(_SPACE, data, at)
        if not data.startswith(b"--", at):
            break
        match = _flag_pattern(re.escape(escape)).match(data, at)
        end = match.end() if match else at + 2
        bare = _unquoted(data[at:end].decode("utf-8", "replace"), escape.decode())
        if bare == "--":
            at = end
            break
        name, equals, value = bare[2:].partition("=")
        found.append(Flag(name, value if equals else None, text.span(at, end)))
        at = end
    at = _end(_BLANKS, data, at)
    return tuple(found), text.part(at, len(data))


def _unquoted(text: str, escape: str) -> str:
    if not {"'", '"', escape} & {*text}:
        return text
    out, quote, at = [], "", 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == quote:
            quote = ""
        elif char in "'\"" and not quote:
            quote = char
        elif char == escape:
            out.append(text[at : at + 1])
            at += 1
        else:
            out.append(char)
    return "".join(out)


def _csv(value: str) -> list[str]:
    if '"' not in value:
        return value.split(",")
    import csv

    try:
        return next(csv.reader([value]), [])
    except csv.Error:
        return value.split(",")


def bare_words(text: Text) -> tuple[Word, ...]:
    """Return words between white space; quotes mean nothing."""
    return text.words(match.span() for match in _BARE.finditer(text.data))


def pairs(text: Text, escape: bytes, *, legacy: bool) -> tuple[Pair, ...]:
    """Return names with values.

    Args:
        text: What follows ENV, LABEL or ARG.
        escape: The escape character.
        legacy: True if the form ``NAME all the rest`` is known, as of ENV and LABEL.
    """
    found = _spans(text.data, escape)
    if legacy and found and b"=" not in text.data[slice(*found[0])]:
        first = _BARE.match(text.data, found[0][0])
        name_end = first.end() if first else found[0][1]
        start = _end(_SPACE, text.data, name_end)
        name = text.word(found[0][0], name_end).text
        if start >= len(text.data):
            span = text.span(found[0][0], name_end)
            return (Pair(name, None, span, Span(span.end, span.end)),)
        value = text.word(start, len(text.data))
        return (Pair(name, value.text, text.span(found[0][0], len(text.data)), value.span),)
    return tuple(_pair(text, start, end) for start, end in found)


def _spans(data: bytes, escape: bytes) -> list[tuple[int, int]]:
    """Return where words stand that may be quoted or escaped, quotes included."""
    if data.isascii():
        return [match.span() for match in _words(escape).finditer(data)]
    found: list[tuple[int, int]] = []
    at = _end(_BLANKS, data, 0)
    while match := _wide_words(escape).match(data, at):
        found.append(match.span())
        at = _end(_BLANKS, data, match.end())
    return found


def _pair(text: Text, start: int, end: int) -> Pair:
    at = text.data.find(b"=", start, end)
    span = text.span(start, end)
    if at < 0:
        return Pair(text.word(start, end).text, None, span, Span(span.end, span.end))
    value = text.word(at + 1, end)
    where = value.span if value.text else Span(span.end, span.end)
    return Pair(text.word(start, at).text, value.text, span, where)


class NotStringsError(Exception):
    """A JSON list holds something else than strings, which builders refuse."""


def json_list(text: Text) -> tuple[Word, ...] | None:
    """Return the strings of a JSON list, or None if the text is none and has shell form.

    Something behind the list makes it the shell form; BuildKit passed it over up to 0.12.

    Raises:
        NotStringsError: If it is a list of something else than strings.
    """
    data = text.data
    if not data.startswith(b"["):
        return None
    try:
        values = _JSON.decode(text.value)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(value, str) for value in values):
        raise NotStringsError
    found: list[Word] = []
    at = 1
    for value in values:
        match = _STRING.search(data, at)
        if match is None:
            return None
        # A lone surrogate is no character; Go reads it as U+FFFD too.
        found.append(Word(_SURROGATE.sub("\ufffd", value), text.span(*match.span())))
        at = match.end()
    return tuple(found)


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.match(data, at)
    return match.end() if match else at
