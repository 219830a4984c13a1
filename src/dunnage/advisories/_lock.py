"""Lets one process at a time change the store; readers never ask."""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def update_lock(root: Path, *, wait: float, name: str = "update.lock") -> Iterator[bool]:
    """Hold the lock of a cache directory. The system releases it if the process dies.

    Args:
        root: The cache directory.
        wait: Seconds to wait for another update.
        name: Name of the file that is locked.

    Yields:
        True if there was another update to wait for.

    Raises:
        InputError: If another update is still running after that time.
    """
    path = root / name
    with path.open("ab") as handle:
        deadline = time.monotonic() + wait
        waited = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise InputError(
                        "another update of the advisory store is still running",
                        where=str(path),
                        advice="wait for it to end; the old data can be used meanwhile",
                    ) from None
                waited = True
                time.sleep(0.1)
        yield waited
