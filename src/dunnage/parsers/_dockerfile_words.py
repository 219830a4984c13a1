"""Cuts the text of a Dockerfile instruction into flags, words, pairs and JSON lists.

Each follows the function of BuildKit's reader (github.com/moby/buildkit,
``frontend/dockerfile/parser/line_parsers.go`` and ``split_command.go``).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.parsers._dockerfile_text import Span, Word

if TYPE_CHECKING:
    from dunnage.parsers._dockerfile_text import Text

_QUOTED = rb"'[^']*(?:'|\Z)"
_WORDS = {
    b"\\": re.compile(rb"(?:[^\s'\"\\]|\\(?:.|\Z)|" + _QUOTED + rb'|"(?:[^"\\]|\\(?:.|\Z))*(?:"|\Z))+', re.DOTALL),
    b"`": re.compile(rb"(?:[^\s'\"`]|`(?:.|\Z)|" + _QUOTED + rb'|"(?:[^"`]|`(?:.|\Z))*(?:"|\Z))+', re.DOTALL),
}  # fmt: skip
_FLAG = re.compile(rb"""--(?:[^\s'"\\]|\\(?:.|\Z)|'(?:[^'\\]|\\.)*(?:'|\Z)|"(?:[^"\\]|\\.)*(?:"|\Z))*""", re.DOTALL)  # fmt: skip
_BARE = re.compile(rb"\S+")
_SPACE = re.compile(rb"\s*")
_STRING = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\.)*"')
_MARKER = re.compile(rb"(\d*)<<(-?)([^<]*)\Z")
_JSON = json.JSONDecoder()


class Flag(NamedTuple):
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


class Pair(NamedTuple):
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


class Heredoc(NamedTuple):
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


class Marker(NamedTuple):
    """What opens a here-document, as ``Heredoc`` without its body."""

    name: bytes
    fd: int
    expand: bool
    tabs: bool
    span: Span


def flags(text: Text) -> tuple[tuple[Flag, ...], Text]:
    """Return the flags at the beginning of a text, and what follows them."""
    found: list[Flag] = []
    at = 0
    data = text.data
    while True:
        at = _end(_SPACE, data, at)
        if not data.startswith(b"--", at):
            break
        match = _FLAG.match(data, at)
        end = match.end() if match else at + 2
        raw = data[at:end]
        if raw == b"--":
            at = _end(_SPACE, data, end)
            break
        bare = _unquoted(raw.decode("utf-8", "replace"))
        name, equals, value = bare[2:].partition("=")
        found.append(Flag(name, value if equals else None, text.span(at, end)))
        at = end
    return tuple(found), text.part(at, len(data))


def _unquoted(text: str) -> str:
    if not {"'", '"', "\\"} & {*text}:
        return text
    out, quote, at = [], "", 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == quote:
            quote = ""
        elif char in "'\"" and not quote:
            quote = char
        elif char == "\\":
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


def words(text: Text, escape: bytes) -> tuple[Word, ...]:
    """Return words that may be quoted or escaped, quotes included."""
    return tuple(text.word(*match.span()) for match in _WORDS[escape].finditer(text.data))


def bare_words(text: Text) -> tuple[Word, ...]:
    """Return words between white space; quotes mean nothing."""
    return tuple(text.word(*match.span()) for match in _BARE.finditer(text.data))


def pairs(text: Text, escape: bytes, *, legacy: bool) -> tuple[Pair, ...]:
    """Return names with values.

    Args:
        text: What follows ENV, LABEL or ARG.
        escape: The escape character.
        legacy: True if the form ``NAME all the rest`` is known, as of ENV and LABEL.
    """
    found = [match.span() for match in _WORDS[escape].finditer(text.data)]
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


def _pair(text: Text, start: int, end: int) -> Pair:
    at = text.data.find(b"=", start, end)
    span = text.span(start, end)
    if at < 0:
        return Pair(text.word(start, end).text, None, span, Span(span.end, span.end))
    value = text.word(at + 1, end)
    where = value.span if value.text else Span(span.end, span.end)
    return Pair(text.word(start, at).text, value.text, span, where)


def json_list(text: Text) -> tuple[Word, ...] | None:
    """Return the strings of a JSON list, or None if the text is none.

    A list of something else than strings is none: builders take it for the shell form. What
    stands behind the list is passed over, as BuildKit does.
    """
    data = text.data
    if not data.startswith(b"["):
        return None
    try:
        values, _ = _JSON.raw_decode(text.value)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return None
    found: list[Word] = []
    at = 1
    for value in values:
        match = _STRING.search(data, at)
        if match is None:
            return None
        found.append(Word(value, text.span(*match.span())))
        at = match.end()
    return tuple(found)


def markers(text: Text, most: int) -> tuple[Marker, ...]:
    """Return what opens here-documents in the text of RUN, COPY or ADD, up to a number."""
    if b"<<" not in text.data:
        return ()
    found = []
    for match in _WORDS[b"\\"].finditer(text.data):
        opened = _MARKER.match(match[0])
        if opened is None or not opened[3]:
            continue
        name = _unquoted(opened[3].decode("utf-8", "replace"))
        raw = opened[3].decode("utf-8", "replace")
        fd = int(opened[1]) if opened[1] and len(opened[1]) < 6 else 0
        marker = Marker(name.encode(), fd, name == raw, bool(opened[2]), text.span(*match.span()))
        found.append(marker)
        if len(found) == most:
            break
    return tuple(found)


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.match(data, at)
    return match.end() if match else at
