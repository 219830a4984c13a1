"""A page of text lines of bounded width, with or without colour."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from dunnage.render._text import clean, columns, inert, pad, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dunnage.model.report import View

MIN_WIDTH = 60
LABEL = 9
_STYLES: Mapping[str, str] = {
    "": "",
    "bold": "1",
    "dim": "2",
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "negligible": "2",
    "unknown": "35",
    "bad": "1;31",
    "good": "32",
}
"""ANSI X3.64 parameters (the 16 colours every terminal has)."""


class Page:
    """Collects lines; everything that goes in is cleaned here, so nothing can be forgotten.

    Args:
        view: Width and colour.
    """

    def __init__(self, view: View) -> None:
        self.width = max(MIN_WIDTH, view.width)
        self._colour = view.colour
        self._lines: list[str] = []

    def gap(self) -> None:
        """Add an empty line, unless there is one already."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def rule(self) -> None:
        """Add a line across the page."""
        self._lines.append("─" * self.width)

    def text(self, text: str, indent: int = 0, style: str = "", hang: int = 0) -> None:
        """Add a paragraph, wrapped.

        Args:
            text: Any text.
            indent: Columns to leave free on the left.
            style: Name of a style.
            hang: Further columns to leave free from the second line on.
        """
        first, *rest = wrap(clean(text), self.width - indent - hang)
        self._lines.append(" " * indent + self._styled(first, style))
        self._lines += [" " * (indent + hang) + self._styled(line, style) for line in rest]

    def plain(self, *parts: tuple[str, str]) -> None:
        """Add one line that is never wrapped.

        Args:
            parts: Pairs of text and the name of its style.
        """
        line = "".join(self._styled(clean(text), style) for text, style in parts)
        self._lines.append(line.rstrip())

    def row(
        self, cells: Sequence[str], widths: Sequence[int], indent: int = 2, style: str = ""
    ) -> None:
        """Add one row of a table; cells that do not fit go on in the next line.

        Args:
            cells: Any texts, one for each column.
            widths: Columns of each cell; 0 as the last one takes what is left.
            indent: Columns to leave free on the left.
            style: Style of the first cell.
        """
        left = self.width - indent - sum(width + 2 for width in widths[:-1])
        sizes = [*widths[:-1], widths[-1] or left]
        wrapped = [wrap(clean(cell), size) for cell, size in zip(cells, sizes, strict=True)]
        for parts in zip_longest(*wrapped, fillvalue=""):
            padded = [pad(part, size) for part, size in zip(parts, sizes, strict=True)]
            line = "  ".join(padded[1:]).rstrip()
            head = padded[0] if line else padded[0].rstrip()
            full = self._styled(head, style) + (f"  {line}" if line else "")
            self._lines.append((" " * indent + full).rstrip())

    def labelled(self, label: str, paragraphs: Sequence[str], style: str = "") -> None:
        """Add paragraphs beside a label; the label column leaves room for a whole digest at 80.

        Args:
            label: Any text of at most 8 columns.
            paragraphs: Any texts, each on a line of its own.
            style: Style of the label.
        """
        lines = [line for text in paragraphs for line in wrap(clean(text), self.width - LABEL)]
        for number, line in enumerate(lines):
            head = self._styled(label, style) + " " * (LABEL - len(label))
            self._lines.append((head if not number else " " * LABEL) + line)

    def render(self) -> bytes:
        """Return the page as UTF-8 with a final newline."""
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        return ("\n".join(map(inert, self._lines)) + "\n").encode("utf-8", "backslashreplace")

    def _styled(self, text: str, style: str) -> str:
        code = _STYLES[style]
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code and text.strip() else text


def widest(texts: Iterable[str], low: int, high: int) -> int:
    """Return the columns of the widest text, kept between two bounds."""
    return max(low, min(high, max((columns(clean(text)) for text in texts), default=low)))
