"""Reads the fact tables of the data room."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import dunnage.data


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table ``data/<name>.toml``; callers must not change it.

    Raises:
        FileNotFoundError: If there is no such table.
    """
    import tomllib

    return tomllib.loads(text(name))


@cache
def text(name: str) -> str:
    """Return the text of the table ``data/<name>.toml``.

    Raises:
        FileNotFoundError: If there is no such table.
    """
    path = Path(dunnage.data.__path__[0]) / f"{name}.toml"
    return path.read_text(encoding="utf-8")


@cache
def part(name: str, key: str) -> dict[str, Any]:
    """Return what lies below one key of ``data/<name>.toml``; callers must not change it.

    The rest of the file is not parsed: a scan needs two of its hundred parts.

    Args:
        name: Of the table.
        key: As in a header of the file: ``family.debian``.

    Returns:
        The same as in ``table(name)``; empty if there is no such header.

    Raises:
        FileNotFoundError: If there is no such table.
    """
    import tomllib

    lines = _lines(name)
    start = next((at for at, line in enumerate(lines) if line == f"[{key}]"), len(lines))
    inside = (f"[{key}]", f"[{key}.")
    end = next(
        (
            at
            for at, line in enumerate(lines[start:], start)
            if line.startswith("[") and not line.startswith(inside)
        ),
        len(lines),
    )
    found: dict[str, Any] = tomllib.loads("\n".join(lines[start:end]))
    for word in key.split("."):
        found = found.get(word, {})
    return found


@cache
def _lines(name: str) -> list[str]:
    return text(name).split("\n")
