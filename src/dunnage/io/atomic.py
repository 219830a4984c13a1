"""Writes files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_atomic(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write a file beside its place and move it there.

    A file that exists and is no regular file (``/dev/stderr``, a named pipe) is written directly.

    Args:
        path: Where the file goes.
        content: The bytes.
        mode: Permission bits; None for those of the file that is there, or that a new one gets.

    Raises:
        OSError: If it cannot be written.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            stream.write(content)
        return
    target = path.resolve()
    if mode is None and target.exists():
        mode = target.stat().st_mode & 0o777
    # The name may be as long as the system allows already, so nothing is added to it.
    beside = target.with_name(f".{os.urandom(8).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    handle = os.open(beside, flags, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        if mode is not None:
            beside.chmod(mode)
        beside.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
