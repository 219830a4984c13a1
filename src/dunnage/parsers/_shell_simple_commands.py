"""Reads the simple commands of shell scripts that need no grammar, with their words."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.parsers import _shell_tokens as tokens
from dunnage.parsers._shell_command import Command, Place, Redirect, ShellWord
from dunnage.parsers._shell_tokens import NAME, PLAIN, REDIRECT, TOKEN, WORD, meaning

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.parsers._dockerfile_text import Text

    Unwrap = Callable[..., list[Command]]

DECLARING = frozenset({b"export", b"local"})
_OTHER = DECLARING | {
    b"if", b"then", b"elif", b"else", b"fi", b"for", b"select", b"while", b"until", b"do", b"done",
    b"case", b"esac", b"in", b"function", b"coproc", b"declare", b"typeset", b"readonly", b"unset",
    b"unsetenv", b"let", b"time",
}  # fmt: skip
"""Words that may begin something else than a simple command."""
_NAMED = re.compile(rb"[A-Za-z_]\w*+(?:=|(?![^ \t\n;|&)<>]))")


class UnsureError(Exception):
    """The grammar has to read it."""


class CommandReader(ABC):
    """Reads commands in the order of the text.

    Attributes:
        found: The commands so far.
        at: Where it reads next.
        deepest: How deep the grammar would nest what was read of a statement, at most.
        posix: False if something was found that POSIX does not know.
    """

    def __init__(self, text: Text, unwrap: Unwrap) -> None:
        self.text = text
        self.data = text.data
        self.unwrap = unwrap
        self.found: list[Command] = []
        self.at = 0
        self.posix = True
        self.deepest = 0

    @abstractmethod
    def statements(self, join: str, *ends: bytes, guarded: bool, depth: int) -> bytes:
        """Read statements up to one of some ends, and return that; ``at`` is behind it then.

        Args:
            join: What stands before the first one.
            ends: What may end them (``fi``); empty for the end of the text.
            guarded: True if they may not run.
            depth: How deep the grammar would nest them, at most.
        """

    def begin(self, at: int) -> int:
        """Return where blanks end."""
        gap = tokens.BLANK.match(self.data, at)
        return gap.end() if gap else at

    def word(self, at: int, join: str | None, *, guarded: bool, depth: int) -> int:
        """Read a word with substitutions, and return where it ends.

        Args:
            at: Where it begins.
            join: What stands before it; None if its commands are not part of a list.
            guarded: True if it may not be reached.
            depth: How deep it is nested.
        """
        data = self.data
        first, rest = join or "", "" if join is None else ";"
        start, dollars = at, 0
        while True:
            match = tokens.PARTS.match(data, at)
            if match is not None:
                at = match.end()
                dollars += match[0].count(b"$")
            elif data.startswith(b"$(", at):
                at = self._substitution(at, first, guarded=guarded, depth=depth)
                dollars += 1
            elif data.startswith(b'"', at):
                at += 1
                while not data.startswith(b'"', at):
                    match = tokens.DOUBLE.match(data, at)
                    if match is not None:
                        at = match.end()
                    else:
                        at = self._substitution(at, first, guarded=guarded, depth=depth)
                    first = rest
                at += 1
            else:
                break
            first = rest
        # The grammar cuts some words at their second dollar sign.
        if at == start or not tokens.END.match(data, at) or (dollars > 1 and join is not None):
            raise UnsureError
        return at

    def _substitution(self, at: int, join: str, *, guarded: bool, depth: int) -> int:
        data = self.data
        if not data.startswith(b"$(", at) or data.startswith(b"((", at + 1):
            raise UnsureError
        self.at = at + 2
        self.statements(join, b")", guarded=guarded, depth=depth + 2)
        return self.at

    def redirected(
        self, token: re.Match[bytes] | None, at: int = -1, *, compound: bool = False
    ) -> tuple[re.Match[bytes], bool]:
        """Read the redirections that begin with a token.

        Args:
            token: Where they begin.
            at: Index of the command they belong to; the last one if it is negative.
            compound: True behind a group, condition or loop, which has no arguments.

        Returns:
            The token behind them, and if there are any.
        """
        found: list[Redirect] = []
        words: list[ShellWord] = []
        while token is not None and token.lastindex == REDIRECT:
            start, end = token.start(REDIRECT), token.end()
            operator, target = token[3].decode(), meaning(token[4])
            if "&" in operator and not token[4].isdigit():
                self.posix = False
            found.append(Redirect(operator, target, self.text.span(start, end)))
            token = TOKEN.match(self.data, end)
            while token is not None and token.lastindex in {PLAIN, WORD}:
                words.append(self._plain_word(token))
                end = token.end()
                token = TOKEN.match(self.data, end)
        if token is None or token.lastindex in {PLAIN, WORD} or (words and compound):
            raise UnsureError
        if found and self.found:
            last = self.found[at]
            self.found[at] = replace(
                last, words=(*last.words, *words), redirects=(*last.redirects, *found)
            )
        return token, bool(found)

    def _plain_word(self, token: re.Match[bytes]) -> ShellWord:
        kind = token.lastindex or 0
        part = token[kind]
        return ShellWord(token.start(kind), token.end(), self.text, meaning(part), part.decode())

    def command(
        self, join: str, *, guarded: bool, depth: int, direct: bool
    ) -> tuple[re.Match[bytes], bool]:
        """Read a simple command; return the token behind it, and if it is redirected.

        Args:
            join: What stands before it.
            guarded: True if it may not run.
            depth: How deep it is nested.
            direct: True if a redirection belongs to it, not to the list that it ends.
        """
        data, text, start = self.data, self.text, self.at
        at = start
        words: list[ShellWord] = []
        assignments: list[tuple[str, str | None]] = []
        alone = False
        while True:
            token = TOKEN.match(data, at)
            if token is None:
                begin = self.begin(at)
                named = None if words else tokens.ASSIGNED.match(data, begin)
                if named is not None:
                    # Whether it stands alone is seen behind it, and decides how its commands join.
                    at = self.word(named.end(), ";", guarded=guarded, depth=depth + 2)
                    assignments.append((named[1].decode(), None))
                    alone = True
                    continue
                if not words:
                    raise UnsureError
                at = self.word(begin, None, guarded=False, depth=depth)
                words.append(ShellWord(begin, at, text, None, data[begin:at].decode()))
                continue
            kind = token.lastindex
            if kind == PLAIN:
                part, at = token[PLAIN], token.end()
                raw = part.decode()
                if words:
                    words.append(ShellWord(token.start(PLAIN), at, text, raw, raw))
                    continue
                bare: str | None = raw
            elif kind == WORD:
                part, at = token[WORD], token.end()
                bare, raw = meaning(part), part.decode()
            else:
                break
            if not words and _leads(part):
                assignments.append(_assigned(part))
            else:
                words.append(ShellWord(token.start(kind), at, text, bare, raw))
        if not words or alone:
            self.deepest = max(self.deepest, depth + 5)
            count = 0 if words else len(assignments)
            return _behind_assignments(token, count, empty=data[at - 1] == 0x3D), False
        if words[0].raw == "source":
            self.posix = False
        before = len(self.found) if direct else -1
        self.found += self.unwrap(
            tuple(words), tuple(assignments), Place(start, at, text), join, guarded=guarded
        )
        return self.redirected(token, before) if kind == REDIRECT else (token, False)

    def declaration(
        self, lead: re.Match[bytes], join: str, *, guarded: bool, depth: int, direct: bool
    ) -> tuple[re.Match[bytes], bool]:
        data, at, text = self.data, lead.end(), self.text
        name = lead[0].decode()
        words = [ShellWord(lead.start(), at, text, name, name)]
        while True:
            token = TOKEN.match(data, at)
            if token is not None and token.lastindex not in {PLAIN, WORD}:
                break
            begin = self.begin(at)
            named = _NAMED.match(data, begin)
            if named is None:
                raise UnsureError
            if token is not None:
                at = token.end()
            else:
                at = self.word(named.end(), None, guarded=False, depth=depth)
            raw = data[begin:at].decode()
            bare = None if named[0].endswith(b"=") else raw
            words.append(ShellWord(begin, at, text, bare, raw))
        before = len(self.found) if direct else -1
        place = Place(lead.start(), at, text)
        self.found += self.unwrap(tuple(words), (), place, join, guarded=guarded)
        return self.redirected(token, before)


def _leads(word: bytes) -> bool:
    """Tell whether the first word of a command is an assignment.

    Raises:
        UnsureError: If it may begin something else than a simple command.
    """
    if b"=" in word:
        return True
    if word in _OTHER or word[0] == 0x2D or not (word.isalnum() or NAME.fullmatch(word)):
        raise UnsureError
    return False


def _behind_assignments(token: re.Match[bytes], count: int, *, empty: bool) -> re.Match[bytes]:
    """Return the token that follows an assignment without a command.

    Args:
        token: The token.
        count: How many assignments there are.
        empty: True if the last one has no value.

    Raises:
        UnsureError: If the grammar may take the token for a part of it, or there are several.
    """
    kind = token.lastindex or 0
    if count != 1 or kind == REDIRECT or (empty and token[kind] not in {b";", b"&&", b"||", b"\n"}):
        raise UnsureError
    return token


def _assigned(raw: bytes) -> tuple[str, str | None]:
    named = tokens.ASSIGNED.match(raw)
    if named is None or _cut(value := raw[named.end() :]):
        raise UnsureError
    return named[1].decode(), meaning(value)


def _cut(word: bytes) -> bool:
    """Tell whether the grammar may cut a word at its second dollar sign."""
    return word.count(b"$") > 1 and not (word[:1] == b'"' == word[-1:] and word.count(b'"') == 2)
