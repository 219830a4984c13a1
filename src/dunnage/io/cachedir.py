"""The one directory this tool writes to by itself."""

from __future__ import annotations

import os
from pathlib import Path

from dunnage.model.errors import UsageError


def cache_root(chosen: str = "") -> Path:
    """Return the path of the cache directory, which need not be there.

    Args:
        chosen: What the user asked for; else ``DUNNAGE_CACHE_DIR``, else the platform's place
            for caches (XDG base directory specification 0.8). Whoever has no home directory is
            at home in ``/``, as in containers.
    """
    text = chosen or os.environ.get("DUNNAGE_CACHE_DIR", "") or _default()
    found = os.path.expanduser(text)  # noqa: PTH111 - does not fail where there is no home
    return Path(found.removeprefix("~") if found.startswith("~/") else found).absolute()


def prepare(root: Path) -> None:
    """Make the cache directory, private to its owner, unless it is there.

    Raises:
        UsageError: If it cannot be made or written.
    """
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


def _default() -> str:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return str(Path(base) / "dunnage") if base.startswith("/") else "~/.cache/dunnage"
