"""A file body in memory, for tests that hand files to catalogers."""

from __future__ import annotations

import io
from typing import BinaryIO

from dunnage.model.errors import LimitError


class Memory:
    """The content of one file, in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        """Return the size in bytes."""
        return len(self._data)

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        return self._data[offset : offset + length]

    def all(self, limit: int) -> bytes:
        """Return the whole content.

        Raises:
            LimitError: If the content is larger than ``limit`` bytes.
        """
        if len(self._data) > limit:
            raise LimitError(f"the file has {len(self._data)} bytes, more than {limit}")
        return self._data

    def open(self) -> BinaryIO:
        """Return a seekable reader, independent of all others."""
        return io.BytesIO(self._data)
