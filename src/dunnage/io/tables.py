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

    path = Path(dunnage.data.__path__[0]) / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
