"""What is wrong in ``etc/passwd``, ``etc/group`` and ``etc/shadow``; passwords are never kept.

Formats: ``passwd(5)``, ``group(5)``, ``shadow(5)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.cataloger import File

MOST = 200
"""Entries of one file that are told."""

_FILES = ("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow")


def _parse(file: File) -> Fact | None:
    if file.path not in _FILES:
        return None
    text = file.body.all(file.limits.text_bytes).decode("utf-8", "backslashreplace")
    base = file.path.rpartition("/")[2]
    found = list(_troubles(base, text))[:MOST]
    return Fact(notes=tuple((trouble, f"{line} {name[:100]}") for trouble, line, name in found))


def _troubles(base: str, text: str) -> Iterator[tuple[str, int, str]]:
    """Give what is wrong, the line and the name of the entry."""
    names: set[str] = set()
    numbers: set[str] = set()
    for line, entry in enumerate(text.splitlines(), 1):
        fields = entry.split(":")
        name = fields[0].strip()
        if not name or name[:1] in {"#", "+", "-"} or len(fields) < 3:
            continue  # blank, a comment, or an entry of NIS
        if name in names:
            yield "duplicate-name", line, name
        names.add(name)
        if base in {"passwd", "shadow"} and not fields[1]:
            yield "empty-password", line, name
        if base not in {"passwd", "group"}:
            continue
        if base == "passwd" and fields[2].strip("0") == "" and fields[2] and name != "root":
            yield "root-id", line, name
        elif fields[2] in numbers:
            yield "duplicate-id", line, name
        numbers.add(fields[2])


detector = Cataloger(parse=_parse, version=1, types=(), paths=_FILES)
