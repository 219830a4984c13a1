"""Reads a list of package URLs: one in each line, comments after ``#``.

A ``#`` begins a comment at the start of a line or after a blank, because inside a package URL it
begins the subpath (purl-spec, "A purl is a URL").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.parsers._bom import Bom

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_FIRST = re.compile(r"(?:[ \t]*(?:#.*)?\r?\n)*+[ \t]*pkg:", re.IGNORECASE)


def begins(head: str) -> bool:
    """Tell whether a text begins like such a list: its first line that says anything is one."""
    return _FIRST.match(head) is not None


def bom_of(data: bytes) -> Bom:
    """Return the listed packages; a line that is no package URL is a problem of its own."""
    return Bom({}, _components(data.decode("utf-8", "replace")))


def _components(written: str) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(written.split("\n"), 1):
        purl = _COMMENT.sub("", line).strip()
        if purl:
            yield f"line {number}", {"type": "library", "purl": purl}
