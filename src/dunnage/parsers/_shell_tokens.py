"""The tokens of shell scripts that are read without the grammar, and what their words mean.

Every pattern is possessive, and its alternatives begin with different bytes: a script is read in
time linear in its size.
"""

from __future__ import annotations

import re

from dunnage.parsers._shell_words import ESCAPED, PATTERN, QUOTED, unescaped

_BLANK = rb"[ \t]*+(?:\\\n[ \t]*+)*+"
_END = rb"(?![^ \t\n;|&)<>])"
_PLAIN = rb"[\w./:@%,=+-]++"
_VARIABLE = (
    rb"\$(?:[A-Za-z_]\w*+|[0-9?@#]|\{(?:[A-Za-z_]\w*+|[0-9])"
    rb"(?:(?::?[-+]|%%?|##?)(?:[\w./:,@*?=~\[\]-]++)?+)?+\})"
)
_DOUBLE = rb"[^\"\\$`\r\0]++|\\[^\n\r\0]|" + _VARIABLE
_PART = (
    rb"[\w./:@%,=+*^?!~\x80-\xff-]++|"
    + _VARIABLE
    + rb"|\$\{[A-Za-z_]\w*+:?[-+]\"(?:"
    + _DOUBLE
    + rb")*+\"\}|'[^'\r\0]*+'|\"(?:"
    + _DOUBLE
    + rb")*+\"|\\[!-~]"
)
_SUBJECT = rb"(?:\"?(?:" + _VARIABLE + rb")\"?|[\w./-]++)"
_NAME = rb":|(?:[\w./+-]++|" + _VARIABLE + rb"|'[^'\r\0]*+'|\"(?:" + _DOUBLE + rb")*+\")++"

PLAIN, REDIRECT, WORD, SIGN, STOP, REMARK = 1, 2, 5, 6, 7, 8
"""What ``TOKEN.match(...).lastindex`` says; 3 and 4 are the operator and target of a redirection."""
TOKEN = re.compile(
    _BLANK + rb"(?:(" + _PLAIN + rb")(?![^ \t\n;|&)])"
    + rb"|([0-9]*+(>>|>&|&>>|&>|>|<)(?![<>&(|])[ \t]*+((?:" + _PART + rb")++))" + _END
    + rb"|(\{\}|(?:" + _PART + rb")++)" + _END
    + rb"|(&&|\|\||\|(?!&))[ \t\n]*+(?:\\\n[ \t\n]*+)*+|(;;?|&(?!>)|\n|\)|\Z)|(#[^\n]*+))"
)  # fmt: skip
NAME = re.compile(_NAME)
WHOLE = re.compile(_SUBJECT + _END)
END = re.compile(_END)
PARTS = re.compile(rb"(?:" + _PART + rb")++")
DOUBLE = re.compile(rb"(?:" + _DOUBLE + rb")++")
BLANK = re.compile(_BLANK)
GAP = re.compile(rb"[ \t\n]*+(?:(?:\\\n|#[^\n]*+)[ \t\n]*+)*+")
ASSIGNED = re.compile(rb"([A-Za-z_]\w*+)=")
_SPECIAL = re.compile(rb"[\\$`*?\[{~'\"^]")
_PIECE = re.compile(rb"(')([^']*+)'|(\")((?:[^\"\\]|\\.)*+)\"|((?:[^'\"\\]|\\.)++)", re.DOTALL)
_EXPANDED = re.compile(rb"(?:[^\\$]|\\.)*+\$", re.DOTALL)


def meaning(raw: bytes) -> str | None:
    """Return what a word without substitutions stands for, or None if only the shell knows."""
    if not _SPECIAL.search(raw):
        return raw.decode()
    if b"\\" not in raw:
        if b"'" not in raw:
            if b"$" in raw:
                return None
            if raw[0] == raw[-1] == 0x22 and raw.count(b'"') == 2:
                return raw[1:-1].decode()
        elif raw[0] == raw[-1] == 0x27 and raw.count(b"'") == 2:
            return raw[1:-1].decode()
    pieces = _PIECE.findall(raw)
    found = b""
    if len(pieces) > 1 and PATTERN.search(raw):
        return None
    for single, inner, double, quoted, bare in pieces:
        if single:
            found += inner
        elif double:
            if b"$" in quoted and _EXPANDED.match(quoted):
                return None
            found += QUOTED.sub(unescaped, quoted) if b"\\" in quoted else quoted
        else:
            if b"$" in bare or b"`" in bare or PATTERN.search(bare):
                return None
            found += ESCAPED.sub(unescaped, bare) if b"\\" in bare else bare
    return found.decode()
