"""The one directory this tool writes to by itself."""

from __future__ import annotations

import os
from pathlib import Path

from dunnage.model.errors import UsageError


def cache_root(chosen: str = "") -> Path:
    """Return the cache directory, made private to its owner.

    Args:
        chosen: What the user asked for; else ``DUNNAGE_CACHE_DIR``, else the platform's place
            for caches (XDG base directory specification 0.8).

    Raises:
        UsageError: If the directory cannot be made or written.
    """
    text = chosen or os.environ.get("DUNNAGE_CACHE_DIR", "") or _default()
    root = Path(text).expanduser().absolute()
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(
            f"the cache directory cannot be made: {error.strerror}",
            where=str(root),
            advice="choose another with --cache-dir or DUNNAGE_CACHE_DIR",
        ) from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise UsageError(
            "the cache directory cannot be written",
            where=str(root),
            advice="choose another with --cache-dir or DUNNAGE_CACHE_DIR",
        )
    return root


def _default() -> str:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return str(Path(base) / "dunnage") if base.startswith("/") else "~/.cache/dunnage"
