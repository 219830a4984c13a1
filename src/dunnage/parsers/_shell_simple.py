"""Reads the shell scripts that need no grammar: lists, pipelines, groups, conditions, loops.

All but one in sixty RUN instructions are like that, and are read here in half the time. Whatever is
rare or ambiguous is left to the grammar, which gives the same for what is read here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.parsers import _shell_tokens as tokens
from dunnage.parsers._shell_command import Script
from dunnage.parsers._shell_simple_commands import DECLARING, CommandReader, UnsureError
from dunnage.parsers._shell_tokens import PLAIN, REDIRECT, REMARK, SIGN, STOP, TOKEN, WORD

if TYPE_CHECKING:
    from dunnage.parsers._dockerfile_text import Text
    from dunnage.parsers._shell_simple_commands import Unwrap

_DEEPEST = 40
_LEAD = re.compile(
    rb"!(?=[ \t])|\[(?=[ \t])|\{(?=[ \t\n])|\((?!\()|(?:if|for|while|case|export|local)(?=[ \t])"
    rb"|[A-Za-z_][\w-]*+\(\)(?=[ \t]*+\{[ \t\n])"
)
_NEXT = re.compile(
    rb"[ \t\n]*+(?:\\\n[ \t\n]*+)*+((?:(?:\\\n|#[^\n]*+)[ \t\n]*+)++)?+"
    rb"((?:fi|done|then|elif|else|do|esac)(?![^ \t\n;|&)<>])|[})]|;;|\Z)?+"
)
"""What stands between statements, the comments in it, and the end of a list."""
_FOR = re.compile(rb"[ \t]+[A-Za-z_]\w*+[ \t]+in(?=[ \t])")
_DO = re.compile(rb"[ \t\n]*+do(?=[ \t\n])")
_IN = re.compile(rb"[ \t\n]++in(?=[ \t\n])")
_CASE = re.compile(
    rb"[ \t]*+(?:[\w./:*?-]++|\"[\w./: -]*+\"|'[\w./: -]*+')"
    rb"(?:[ \t]*+\|[ \t]*+(?:[\w./:*?-]++|\"[\w./: -]*+\"|'[\w./: -]*+'))*+[ \t]*+\)"
)
_ESAC = re.compile(rb"esac(?![^ \t\n;|&)<>])")
_UNARY = re.compile(rb"[ \t]++-[a-zA-Z][ \t]++")
_BINARY = re.compile(rb"[ \t]++(==?|!=|-eq|-ne|-lt|-le|-gt|-ge)[ \t]++")
_OPERAND = re.compile(
    rb"(?:(?:[\w./:@,+][\w./:@,+-]*+)?+(?:\$[A-Za-z_]\w*+|\$\{[A-Za-z_]\w*+\})[\w./:@,+-]*+"
    rb"|[\w./:@,+][\w./:@,+-]*+|'[^'\r\0]*+'"
    rb"|\"(?:[^\"\\$`\r\0]|\$[A-Za-z_]\w*+|\$\{[A-Za-z_]\w*+\})*+\")(?=[ \t])"
)
_NOT = re.compile(rb"[ \t]++!(?=[ \t])")
_CLOSE = re.compile(rb"[ \t]++\](?![^ \t\n;|&)])")


def simple(text: Text, unwrap: Unwrap) -> Script | None:
    """Return the commands of a body, or None if it takes more to read them.

    Args:
        text: The body.
        unwrap: Gives a command without what runs it, and those that it runs.
    """
    reader = _Reader(text, unwrap)
    try:
        if not text.data.isascii():
            text.data.decode()
        reader.statements("", b"", guarded=False, depth=1)
    except (UnsureError, UnicodeDecodeError):
        return None
    return Script(tuple(reader.found), posix=reader.posix)


class _Reader(CommandReader):
    """Reads lists of commands, and what is made of them."""

    def statements(self, join: str, *ends: bytes, guarded: bool, depth: int) -> bytes:
        """Read statements up to one of some ends, and return that; ``at`` is behind it then.

        Args:
            join: What stands before the first one.
            ends: What may end them (``fi``); empty for the end of the text.
            guarded: True if they may not run.
            depth: How deep the grammar would nest them, at most.
        """
        data = self.data
        some = False
        while True:
            gap = _NEXT.match(data, self.at)
            if gap is None:
                raise UnsureError
            if gap[1]:
                if not some and ends != (b"",):
                    raise UnsureError
                join = ";"
            self.at = gap.end()
            end = gap[2]
            if end is not None:
                if end not in ends or not (some or b";;" in ends):
                    raise UnsureError
                return end
            some = True
            stop = self._statement(join, guarded=guarded, depth=depth)
            sign = stop[stop.lastindex or 0]
            self.at = stop.start(stop.lastindex or 0)
            if stop.lastindex == STOP and sign in {b";", b"&", b"\n"}:
                join = "&" if sign == b"&" else ";"
                self.at = stop.end()

    def _statement(self, join: str, *, guarded: bool, depth: int) -> re.Match[bytes]:
        """Read a list of pipelines, and return the token that follows it."""
        # In a list, a pipeline and a negation.
        inner = depth + 3
        outer, self.deepest = self.deepest, inner
        if self.deepest > _DEEPEST:
            raise UnsureError
        maybe, redirected = guarded, 0
        direct = True
        while True:
            token, some = self._part(join, guarded=maybe, depth=inner, direct=direct)
            if some:
                # The grammar takes all of the list before it for what is redirected.
                redirected += 1
                maybe = guarded
            kind = token.lastindex
            if kind != SIGN:
                break
            join, direct = token[SIGN].decode(), False
            if join != "|":
                maybe = guarded or join == "||"
            elif self.found:
                self.found[-1] = replace(self.found[-1], piped=True)
            self.at = token.end()
        if kind not in {STOP, REMARK}:
            raise UnsureError
        self.deepest = max(outer, self.deepest + 2 * redirected)
        if self.deepest > _DEEPEST:
            raise UnsureError
        return token

    def _part(
        self, join: str, *, guarded: bool, depth: int, direct: bool
    ) -> tuple[re.Match[bytes], bool]:
        """Read one part of a list; return the token behind it, and if it is redirected.

        Args:
            join: What stands before it.
            guarded: True if it may not run.
            depth: How deep it is nested.
            direct: True if a redirection belongs to it, not to the list that it ends.
        """
        lead = _LEAD.match(self.data, self.at)
        if lead is None:
            return self.command(join, guarded=guarded, direct=direct, depth=depth)
        word = lead[0]
        if word == b"!":
            before = len(self.found)
            gap = tokens.BLANK.match(self.data, lead.end())
            self.at = gap.end() if gap else lead.end()
            lead = _LEAD.match(self.data, self.at)
            if lead is not None and lead[0] != b"[":
                raise UnsureError
            if lead is None and tokens.ASSIGNED.match(self.data, self.at):
                raise UnsureError
            behind = self._part(join, guarded=guarded, depth=depth, direct=False)
            if len(self.found) > before:
                self.found[before] = replace(self.found[before], negated=True)
            return behind
        if word in DECLARING:
            return self.declaration(lead, join, guarded=guarded, direct=direct, depth=depth)
        self.at = lead.end()
        self.deepest = max(self.deepest, depth + 7)  # Patterns, and operands of tests.
        self._compound(word, join, guarded=guarded, depth=depth)
        token = TOKEN.match(self.data, self.at)
        if word[-1:] == b")" and token is not None and token.lastindex == REDIRECT:
            raise UnsureError  # It is the function's, not the last command's.
        return self.redirected(token, compound=True)

    def _compound(self, word: bytes, join: str, *, guarded: bool, depth: int) -> None:
        """Read a group, condition or loop that begins with a word."""
        inner = depth + 2
        if word == b"[":
            self._test(join, guarded=guarded, depth=depth + 3)
        elif word == b"{":
            self.statements(join, b"}", guarded=guarded, depth=inner)
        elif word == b"(":
            self.statements(join, b")", guarded=guarded, depth=inner)
        elif word == b"if":
            end = self.statements(join, b"then", guarded=True, depth=inner)
            while end != b"fi":
                ends = (b"fi",) if end == b"else" else (b"elif", b"else", b"fi")
                ends = (b"then",) if end == b"elif" else ends
                end = self.statements(";", *ends, guarded=True, depth=inner)
        elif word == b"while":
            self.statements(join, b"do", guarded=True, depth=inner)
            self.statements(";", b"done", guarded=True, depth=inner)
        elif word == b"for":
            self._loop(depth=depth)
        elif word == b"case":
            self._case(join, depth=depth)
        else:
            self.at = self.data.index(b"{", self.at) + 1
            self.statements(";", b"}", guarded=True, depth=inner)

    def _loop(self, *, depth: int) -> None:
        data = self.data
        self._must(_FOR)
        while True:
            token = TOKEN.match(data, self.at)
            if token is None:
                self.at = self.word(self.begin(self.at), ";", guarded=True, depth=depth + 2)
            elif token.lastindex in {PLAIN, WORD}:
                self.at = token.end()
            else:
                break
        if token.lastindex != STOP or token[STOP] not in {b";", b"\n"}:
            raise UnsureError
        self.at = token.end()
        self._must(_DO)
        self.statements(";", b"done", guarded=True, depth=depth + 2)

    def _case(self, join: str, *, depth: int) -> None:
        data = self.data
        self.at = self.begin(self.at)
        match = tokens.WHOLE.match(data, self.at)
        if match is not None:
            self.at = match.end()
        else:
            self._operand(join, guarded=True, depth=depth + 2)
        self._must(_IN)
        end = b""
        while end != b"esac":
            gap = tokens.GAP.match(data, self.at)
            self.at = gap.end() if gap else self.at
            match = _ESAC.match(data, self.at)
            if match is not None and end:
                self.at = match.end()
                return
            self._must(_CASE)
            end = self.statements(";", b";;", b"esac", guarded=True, depth=depth + 2)

    def _test(self, join: str, *, guarded: bool, depth: int) -> None:
        data = self.data
        match = _NOT.match(data, self.at)
        self.at = match.end() if match else self.at
        match = _UNARY.match(data, self.at)
        if match is not None:
            self.at = match.end()
            self._operand(";", guarded=guarded, depth=depth)
        else:
            self._operand(join, guarded=guarded, depth=depth)
            match = _BINARY.match(data, self.at)
            if match is not None:
                self.at = match.end()
                self.posix = self.posix and match[1] != b"=="
                self._operand(";", guarded=guarded, depth=depth)
        self._must(_CLOSE)

    def _operand(self, join: str, *, guarded: bool, depth: int) -> None:
        self.at = self.begin(self.at)
        match = _OPERAND.match(self.data, self.at)
        if match is not None:
            self.at = match.end()
        elif self.data[self.at : self.at + 1] in {b'"', b"$"}:
            start = self.at
            self.at = self.word(start, join, guarded=guarded, depth=depth)
            if self.data[self.at - 1 : self.at] != (b'"' if self.data[start] == 0x22 else b")"):
                raise UnsureError
        else:
            raise UnsureError

    def _must(self, pattern: re.Pattern[bytes]) -> None:
        match = pattern.match(self.data, self.at)
        if match is None:
            raise UnsureError
        self.at = match.end()
