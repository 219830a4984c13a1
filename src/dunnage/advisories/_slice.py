"""A part of a file, read as if it were a file of its own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import WriteableBuffer


class Slice(io.RawIOBase):
    """Bytes of a file from an offset.

    Args:
        path: The file.
        offset: Where the part begins, in bytes.
        size: How long it is, in bytes.

    Raises:
        OSError: If the file cannot be opened.
    """

    def __init__(self, path: Path, offset: int, size: int) -> None:
        self._file = path.open("rb")
        self._file.seek(offset)
        self._left = size

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill ``buffer`` as far as there is something left; return how many bytes were written."""
        view = memoryview(buffer).cast("B")
        data = self._file.read(min(len(view), self._left))
        view[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
