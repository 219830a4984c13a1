"""Makes text from examined images safe to print, and measures it in terminal columns."""

from __future__ import annotations

from unicodedata import category, combining, east_asian_width

MAX_LENGTH = 2000
_MAX_MARKS = 2
_SPACES = "\t\n\r\v\f\u0085\u2028\u2029"
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_WITHOUT_WIDTH = frozenset({"Mn", "Me"})


def clean(text: str) -> str:
    r"""Return text that can do nothing to a terminal but show itself.

    Line breaks and tabs become spaces. Control characters (so every escape sequence), characters
    that turn the direction of writing (UAX #9), invisible ones, undecodable bytes and long stacks
    of combining marks are written out as ``\x1b`` or ``\u202e``, so that a name that was meant to
    deceive looks odd. Text of more than ``MAX_LENGTH`` characters is cut, and says so.
    """
    if len(text) > MAX_LENGTH:
        return f"{clean(text[:MAX_LENGTH])}… ({len(text)} characters)"
    if text.isascii() and text.isprintable():
        return text
    parts = []
    marks = 0
    for char in text:
        kind = category(char)
        marks = marks + 1 if kind in _WITHOUT_WIDTH else 0
        if char in _SPACES:
            parts.append(" ")
        elif kind in _HARMFUL or marks > _MAX_MARKS:
            parts.append(_written(char))
        else:
            parts.append(char)
    return "".join(parts)


def _written(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8 (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def inert(line: str) -> str:
    """Return a line that build servers do not take for a command (``::error::``, ``##[...]``)."""
    if "##[" in line:
        line = line.replace("##[", "# #[")
    body = line.lstrip()
    return line[: -len(body)] + ": :" + body[2:] if body.startswith("::") else line


def columns(text: str) -> int:
    """Return how many terminal columns cleaned text takes (UAX #11: wide characters take two)."""
    if text.isascii() or text.replace("…", "").isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    if combining(char) or category(char) in _WITHOUT_WIDTH:
        return 0
    return 2 if east_asian_width(char) in {"W", "F"} else 1


def pad(text: str, width: int) -> str:
    """Return cleaned text filled with spaces to ``width`` columns."""
    return text + " " * (width - columns(text))


def shorten(text: str, width: int) -> str:
    """Return cleaned text cut to ``width`` columns, with an ellipsis if anything was cut."""
    if columns(text) <= width:
        return text
    return _head(text, width - 1).rstrip() + "…"


def wrap(text: str, width: int) -> list[str]:
    """Return cleaned text as lines of at most ``width`` columns; nothing is lost.

    Lines break at spaces; a word wider than a line is broken where it must be.
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and columns(line) + 1 + columns(word) <= width:
            line += f" {word}"
            continue
        if line:
            lines.append(line)
        line = word
        while columns(line) > width:
            head = _head(line, width) or line[0]
            lines.append(head)
            line = line[len(head) :]
    if line or not lines:
        lines.append(line)
    return lines


def _head(text: str, width: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += _columns(char)
        if used > width:
            return text[:index]
    return text


def plural(count: int, word: str, many: str = "") -> str:
    """Return a number with its noun: ``1 finding``, ``1,204 findings``."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def size(count: int) -> str:
    """Return a number of bytes for people, in steps of 1000 (``9.1 MB``)."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.95 or unit == "GB":
            break
        value /= 1000
    return f"{count} B" if unit == "B" else f"{value:,.1f} {unit}"
