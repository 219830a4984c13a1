"""Patterns of paths as ``.gitignore`` and ``.dockerignore`` have them, matched in bounded time.

Git: https://git-scm.com/docs/gitignore, "PATTERN FORMAT". Docker: the rules of
github.com/moby/patternmatcher (``patternmatcher.go``), which Docker, BuildKit and Buildah follow:
a pattern that matches a directory matches all below it, ``**`` also stands for no directory at all,
the last pattern that matches decides, and one that begins with ``!`` takes back.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST = 256 * 1024
"""Bytes of an ignore file that are read."""
MOST = 5_000
"""Patterns of one file; further ones are not read."""
_LONGEST = 1_000
_EASY = 2
"""Wildcards with which a regular expression cannot take long; more are matched step by step."""

# What Go's filepath.Match takes for a set: a hyphen or bracket stands for itself only escaped.
_GO_SET = re.compile(r"\[\^?(?:(?:\\.|[^\\\]-])(?:-(?:\\.|[^\\\]-]))?)+\]", re.DOTALL)
_SPECIAL = re.compile(r"[*?\[\]\\]")

_STAR, _ALL, _FOLDERS, _ONE, _SET, _PLAIN = range(6)


class _Token(Struct, frozen=True):
    kind: int
    text: str = ""


class Pattern(Struct, frozen=True):
    """One line of an ignore file.

    Attributes:
        text: As written, without blanks around it.
        matches: Tells whether a path without leading slash is meant itself.
        negated: True if it takes back what earlier ones say.
        folders: True if it is about directories only.
    """

    text: str
    matches: Callable[[str], bool]
    negated: bool = False
    folders: bool = False


class Mistaken(Struct, frozen=True):
    """A line that is no pattern.

    Attributes:
        line: One-based.
        text: As written.
    """

    line: int
    text: str


class DockerIgnore:
    """The patterns of one ``.dockerignore``."""

    def __init__(self, text: str) -> None:
        """Read the file; lines that are no pattern are kept in ``mistakes``."""
        self.patterns: list[Pattern] = []
        self.mistakes: list[Mistaken] = []
        for number, raw in enumerate(text[:LARGEST].lstrip("\ufeff").splitlines()[:MOST], 1):
            line = raw.strip()
            # A number sign makes a comment in the first column only.
            if not line or raw.startswith("#"):
                continue
            found = _docker(line)
            if found is None:
                self.mistakes.append(Mistaken(number, line))
            else:
                self.patterns.append(found)

    def ignores(self, path: str) -> bool:
        """Tell whether a path, relative to the context and with slashes, is left out."""
        clean = posixpath.normpath(path.strip("/"))
        if clean in {".", ""}:
            return False
        parents = list(_parents(clean))
        ignored = False
        for pattern in self.patterns:
            if pattern.negated == ignored and any(map(pattern.matches, parents)):
                ignored = not pattern.negated
        return ignored


class GitIgnore:
    """The patterns of one ``.gitignore``, about what lies below its directory."""

    def __init__(self, text: str) -> None:
        """Read the file; what is no pattern matches nothing, as in Git."""
        lines = text[:LARGEST].lstrip("\ufeff").splitlines()[:MOST]
        self._patterns = [p for line in lines if (p := _git(line)) is not None]

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Tell whether a path is ignored; None if no pattern is about it.

        Args:
            path: Relative to the directory of the file; its parents are asked for separately.
            folder: True if it is a directory.
        """
        for pattern in reversed(self._patterns):
            if (folder or not pattern.folders) and pattern.matches(path):
                return not pattern.negated
        return None


def _parents(path: str) -> Iterator[str]:
    """Give a path and all directories above it."""
    yield path
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _docker(line: str) -> Pattern | None:
    negated = line.startswith("!")
    text = posixpath.normpath(line[1:].strip() if negated else line)
    if negated and text == "." and line == "!":
        return None
    text = text.lstrip("/") or "."
    tokens = _tokens(text, docker=True)
    return Pattern(line, _matcher(tokens), negated) if tokens is not None else None


def _git(raw: str) -> Pattern | None:
    line = raw.rstrip("\r")
    while line.endswith((" ", "\t")) and not line.endswith("\\ "):
        line = line[:-1]
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    text = line[1:] if negated else line
    folders = text.endswith("/")
    text = text.rstrip("/")
    if not text:
        return None
    if "/" not in text:
        text = f"**/{text}"
    tokens = _tokens(text.lstrip("/"), docker=False)
    return Pattern(line, _matcher(tokens), negated, folders) if tokens is not None else None


def _tokens(text: str, *, docker: bool) -> list[_Token] | None:
    """Return the parts of a pattern, or None if it is none."""
    if len(text) > _LONGEST:
        return None
    found: list[_Token] = []
    at = 0
    while at < len(text):
        char = text[at]
        if text.startswith("**", at) and (docker or _own_part(text, at)):
            at += 2
            slash = text[at : at + 1] == "/"
            at += slash
            # Docker compares ``**name`` with the end of the path only.
            tail = docker and at == 2 and not _SPECIAL.search(text, at)
            found.append(_Token(_ALL if at == len(text) or tail else _FOLDERS))
            continue
        if char == "*":
            found.append(_Token(_STAR))
        elif char == "?":
            found.append(_Token(_ONE))
        elif char == "[":
            end = _set_end(text, at)
            if docker:
                match = _GO_SET.match(text, at)
                end = match.end() if match else -1
            if end < 0 or not _valid_set(text[at:end]):
                return None
            found.append(_Token(_SET, _set_source(text[at:end])))
            at = end
            continue
        elif char == "\\":
            at += 1
            if at == len(text):
                return None
            found.append(_Token(_PLAIN, text[at]))
        else:
            found.append(_Token(_PLAIN, char))
        at += 1
    return found


def _own_part(text: str, at: int) -> bool:
    """Tell whether two stars are all there is between two slashes, as Git wants it."""
    return (at == 0 or text[at - 1] == "/") and text[at + 2 : at + 3] in {"", "/"}


def _set_end(text: str, at: int) -> int:
    """Return where a set of characters ends, or -1."""
    index = at + 1
    if text[index : index + 1] in {"^", "!"}:
        index += 1
    first = index
    while index < len(text):
        if text[index] == "\\":
            index += 2
            continue
        if text[index] == "]" and index > first:
            return index + 1
        index += 1
    return -1


def _valid_set(text: str) -> bool:
    try:
        re.compile(_set_source(text))
    except re.error:
        return False
    return True


def _set_source(text: str) -> str:
    inner = text[1:-1]
    lead = "^/" if inner[:1] in {"^", "!"} else ""
    body = inner[1:] if lead else inner
    source = re.sub(r"[\[&~|]", r"\\\g<0>", body)
    return f"[{lead}{source}]"


def _matcher(tokens: list[_Token]) -> Callable[[str], bool]:
    if all(token.kind == _PLAIN for token in tokens):
        return "".join(token.text for token in tokens).__eq__
    if sum(token.kind in {_STAR, _ALL, _FOLDERS} for token in tokens) <= _EASY:
        whole = re.compile("".join(map(_source, tokens)), re.DOTALL).fullmatch
        return lambda path: whole(path) is not None
    return _Steps(tokens).matches


def _source(token: _Token) -> str:
    plain = {_STAR: "[^/]*", _ALL: ".*", _FOLDERS: "(?:.*/)?", _ONE: "[^/]"}
    if token.kind == _SET:
        return token.text
    return plain.get(token.kind) or re.escape(token.text)


class _Steps:
    """Matches by following all possibilities at once, a character at a time.

    The time is that of the pattern times that of the path, whatever they are.
    """

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._sets = {
            at: re.compile(token.text) for at, token in enumerate(tokens) if token.kind == _SET
        }

    def matches(self, path: str) -> bool:
        """Tell whether the whole path fits."""
        states = self._closed({(0, False)})
        for char in path:
            states = self._closed(self._after(states, char))
            if not states:
                return False
        return (len(self._tokens), False) in states

    def _closed(self, states: set[tuple[int, bool]]) -> set[tuple[int, bool]]:
        """Return the states with those that are reached by passing over what may be empty."""
        pending, found = list(states), set(states)
        while pending:
            at, inside = pending.pop()
            if inside or at == len(self._tokens):
                continue
            after = (at + 1, False)
            if self._tokens[at].kind in {_STAR, _ALL, _FOLDERS} and after not in found:
                found.add(after)
                pending.append(after)
        return found

    def _after(self, states: set[tuple[int, bool]], char: str) -> set[tuple[int, bool]]:
        found: set[tuple[int, bool]] = set()
        for at, inside in states:
            if at == len(self._tokens):
                continue
            token = self._tokens[at]
            if token.kind == _ALL or (token.kind == _STAR and char != "/"):
                found.add((at, inside))
            elif token.kind == _FOLDERS:
                # Inside of it only a slash ends it.
                found.add((at, True))
                if char == "/":
                    found.add((at + 1, False))
            elif self._takes(at, char):
                found.add((at + 1, False))
        return found

    def _takes(self, at: int, char: str) -> bool:
        token = self._tokens[at]
        if token.kind == _SET:
            return self._sets[at].fullmatch(char) is not None
        if token.kind == _ONE:
            return char != "/"
        return token.kind == _PLAIN and token.text == char
