"""Reads the part of YAML that lock files are written in: no tags, no anchors, no directives.

The rules are those of YAML 1.2.2 for block and flow mappings and sequences (chapters 7 and 8) and
for plain, quoted and block scalars. Every scalar is a text, an empty value is the empty text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dunnage.model.errors import InputError, LimitError
from dunnage.parsers._yaml_scalars import Scanner, end_of_quoted, flow_ends, folded, without_comment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dunnage.model.limits import Limits

Node: TypeAlias = "str | list[Node] | dict[str, Node]"

_REFUSED = {"&": "an anchor", "*": "an alias", "!": "a tag", "%": "a directive", "@": "a text"}
_JOINED = 200
"""Lines of one quoted text or collection."""
_LONGEST = 64 * 1024
"""Characters of one, if it has several lines."""


_MARKS = re.compile(r"([1-9]?)[-+]?|[-+]([1-9])")
"""Indentation and chomping of a block scalar, in either order."""


class Line(NamedTuple):
    """One line that is neither blank nor a comment."""

    number: int
    indent: int
    text: str


def documents(text: str, limits: Limits) -> list[Node]:
    """Return the documents of a YAML stream.

    Args:
        text: The whole file.
        limits: ``json_depth`` counts.

    Raises:
        InputError: If it is no YAML, or uses what lock files do not.
        LimitError: If it is nested too deeply.
    """
    raw = text.replace("\r\n", "\n").split("\n")
    found: list[Node] = []
    start = 0
    for number, line in enumerate([*raw, "---"]):
        if line == "---" or line.startswith("--- "):
            reader = _Reader(raw, (start, number), limits.json_depth)
            if reader.line() is not None:
                found.append(reader.document())
            start = number + 1
    return found


class _Reader:
    """Reads one document, a line at a time: of all lines those from the first to before the last."""

    def __init__(self, raw: list[str], part: tuple[int, int], depth: int) -> None:
        self._raw = raw
        self._next, self._end = part
        self._depth = depth
        self._line: Line | None = None

    def document(self) -> Node:
        first = self.line()
        node = self._block(first.indent, 0) if first else ""
        left = self.line()
        if left is not None:
            raise self._broken("a line that belongs to nothing", left.number)
        return node

    def line(self) -> Line | None:
        """Return the current line without consuming it."""
        while self._line is None and self._next < self._end:
            text = self._raw[self._next]
            self._next += 1
            bare = text.lstrip(" ")
            if not bare.strip() or bare.startswith("#"):
                continue
            if bare.startswith("\t"):
                raise self._broken("a tab where blanks must be", self._next)
            self._line = Line(self._next, len(text) - len(bare), bare.rstrip())
        return self._line

    def _take(self) -> Line:
        line = self.line()
        if line is None:
            raise self._broken("it ends too early", self._end)
        self._line = None
        return line

    def _broken(self, message: str, number: int) -> InputError:
        return InputError(f"no YAML as lock files have it: {message}", where=f"line {number}")

    def _block(self, indent: int, depth: int) -> Node:
        """Read a block whose lines begin at an indentation."""
        line = self.line()
        if depth > self._depth:
            raise LimitError(f"YAML nested more than {self._depth} levels deep")
        if line is None:
            return ""
        if _is_item(line.text):
            return self._sequence(indent, depth)
        if line.text.startswith(("? ", "{", "[")) or _colon(line.text) >= 0:
            is_flow = line.text.startswith(("{", "["))
            return self._scalar(self._take(), depth) if is_flow else self._mapping(indent, depth)
        return self._scalar(self._take(), depth)

    def _sequence(self, indent: int, depth: int) -> list[Node]:
        found: list[Node] = []
        while (line := self.line()) and line.indent == indent and _is_item(line.text):
            rest = line.text[1:].lstrip(" ")
            self._take()
            if not rest or rest.startswith("#"):
                found.append(self._below(indent, depth))
                continue
            inner = indent + len(line.text) - len(rest)
            self._line = Line(line.number, inner, rest)
            found.append(self._block(inner, depth + 1))
        self._must_end(indent)
        return found

    def _mapping(self, indent: int, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while (line := self.line()) and line.indent == indent and not _is_item(line.text):
            self._take()
            key, rest, inner = self._key(line, indent)
            if inner and (_is_item(rest) or (rest[:1] not in {"{", "["} and _colon(rest) >= 0)):
                # Behind the colon of an explicit key a block may begin on the same line.
                self._line = Line(line.number, inner, rest)
                found[key] = self._block(inner, depth + 1)
            elif rest and not rest.startswith("#"):
                found[key] = self._scalar(Line(line.number, indent, rest), depth)
            else:
                found[key] = self._below(indent, depth, sequence=True)
        self._must_end(indent)
        return found

    def _must_end(self, indent: int) -> None:
        line = self.line()
        if line is not None and line.indent > indent:
            raise self._broken("a line that is indented too far", line.number)

    def _below(self, indent: int, depth: int, *, sequence: bool = False) -> Node:
        """Read the block below a line; a sequence may be indented as far as its key."""
        line = self.line()
        if line is not None and line.indent > indent:
            return self._block(line.indent, depth + 1)
        if sequence and line is not None and line.indent == indent and _is_item(line.text):
            return self._sequence(indent, depth + 1)
        return ""

    def _key(self, line: Line, indent: int) -> tuple[str, str, int]:
        """Return a key, what follows it, and for an explicit key where that begins, else 0."""
        text = line.text
        if text.startswith("? "):
            value = self.line()
            if value is None or value.indent != indent or value.text[0] != ":":
                raise self._broken("a key without a value", line.number)
            self._take()
            rest = value.text[1:].strip()
            inner = indent + len(value.text) - len(rest)
            return Scanner(text[2:].strip(), line.number, 0).key(), rest, inner
        at = _colon(text)
        if at < 0:
            raise self._broken("a line without a colon", line.number)
        return Scanner(text[:at], line.number, 0).key(), text[at + 1 :].strip(" "), 0

    def _scalar(self, line: Line, depth: int) -> Node:
        """Read a scalar or flow collection that begins on a line and may go on below it."""
        text = line.text
        if text[0] in "|>":
            return self._literal(line)
        if text[0] in _REFUSED:
            raise self._broken(f"{_REFUSED[text[0]]} at {text[:20]!r}", line.number)
        if text == "?" or text.startswith(("? ", ": ")):
            raise self._broken("a key without a value", line.number)
        if text[0] in "'\"":
            text = self._joined(line, end_of_quoted)
        elif text[0] in "{[":
            text = self._joined(line, flow_ends)
        else:
            return self._plain(line)
        return Scanner(text, line.number, self._depth - depth).value()

    def _plain(self, line: Line) -> str:
        """Read a plain scalar; blank lines in it are line breaks (YAML 1.2.2, 6.5)."""
        found = [without_comment(line.text)]
        last = line.number
        while (more := self.line()) and more.indent > line.indent:
            found += [" " if more.number == last + 1 else "\n" * (more.number - last - 1)]
            found += [without_comment(self._take().text)]
            last = more.number
        return "".join(found)

    def _joined(self, line: Line, ends: Callable[[str], bool]) -> str:
        """Return a text with the lines below it, as many as it needs to end."""
        text = line.text
        count = 1
        while not ends(text):
            if count > _JOINED or len(text) > _LONGEST or self.line() is None:
                raise self._broken("a text or collection that does not end", line.number)
            text = f"{text} {self._take().text}"
            count += 1
        return text

    def _literal(self, line: Line) -> str:
        """Read a block scalar (YAML 1.2.2, 8.1), without the empty lines at its end."""
        style, marks = line.text[0], line.text[1:].partition(" #")[0].strip()
        found = _MARKS.fullmatch(marks)
        if found is None:
            raise self._broken(f"a block scalar marked {marks[:10]!r}", line.number)
        own = found[1] or found[2]
        lines = list(self._deeper(line.indent, line.indent + int(own) if own else -1))
        while lines and not lines[-1].strip():
            lines.pop()
        text = "\n".join(lines) if style == "|" else folded(lines)
        return text if "-" in marks or not text else text + "\n"

    def _deeper(self, indent: int, own: int) -> Iterator[str]:
        """Give the lines of a block scalar without their common indentation.

        Args:
            indent: Of the line that begins it.
            own: The indentation if it is written there, as it is for a text that begins with a
                blank; else -1.
        """
        while self._next < self._end:
            text = self._raw[self._next]
            bare = text.lstrip(" ")
            if bare.strip():
                depth = len(text) - len(bare)
                if depth <= indent:
                    break
                own = depth if own < 0 else own
            self._next += 1
            yield text[max(own, 0) :] if bare.strip() else ""


def _is_item(text: str) -> bool:
    return text == "-" or text.startswith("- ")


def _colon(text: str) -> int:
    """Return where the colon after a key is, or -1."""
    at = 0
    if text[:1] in {"'", '"'}:
        at = Scanner(text, 0, 0).quoted_end()
        if at < 0 or text[at : at + 1] != ":":
            return -1
        return at if text[at + 1 : at + 2] in {"", " "} else -1
    comment = text.find(" #")
    while (at := text.find(":", at, comment if comment > 0 else None)) >= 0:
        if text[at + 1 : at + 2] in {"", " "}:
            return at
        at += 1
    return -1
