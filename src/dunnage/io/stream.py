"""Streams that come in pieces, such as from a network, read as files are."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Stream(io.BufferedIOBase):
    """A stream to be read once; who derives from it says what comes next in ``read1``."""

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to ``size`` bytes, fewer only at the end; everything if negative.

        Raises:
            InputError: As ``read1`` does.
        """
        left = -1 if size is None else size
        found: list[bytes] = []
        while left and (chunk := self.read1(left)):
            found.append(chunk)
            left -= len(chunk) if left > 0 else 0
        return found[0] if len(found) == 1 else b"".join(found)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill ``buffer`` and return how many bytes were written; fewer only at the end."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)
