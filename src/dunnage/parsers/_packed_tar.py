"""Walks a compressed tar that lies somewhere in a file, within tight bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from msgspec.structs import replace

from dunnage.io.decompress import inflate
from dunnage.model.errors import InputError, LimitError
from dunnage.model.problem import Effect
from dunnage.parsers.tar import BLOCK, FILE, TarWalker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits
    from dunnage.parsers.zip_directory import Readable

AGAIN = "the file is cut off or damaged; fetch it again"


class _Stream:
    """Reads a body from its beginning to its end."""

    def __init__(self, body: Readable) -> None:
        self._body = body
        self._at = 0

    def read(self, size: int) -> bytes:
        data = self._body.read(self._at, size)
        self._at += len(data)
        return data


class PackedTar:
    """The entries of one tar, compressed in whatever way its first bytes say.

    Args:
        body: The compressed tar.
        limits: ``archive_members``, ``path_bytes``, ``header_bytes`` and ``ratio`` count.
        most: Largest uncompressed size in bytes.
    """

    def __init__(self, body: Readable, limits: Limits, most: int) -> None:
        bounds = replace(limits, layer_bytes=most, entries=limits.archive_members)
        self._chunks = inflate(cast("BinaryIO", _Stream(body)), bounds)
        self._tar = TarWalker(self._chunks, bounds)

    def entries(self) -> Iterator[TarWalker]:
        """Give the walker at one entry after the other.

        Raises:
            InputError: If the tar or its compression is damaged, or either ends too early.
            LimitError: If it is larger or has more entries than allowed.
        """
        while self._tar.advance():
            yield self._tar
        for problem in (*self._chunks.problems, *self._tar.problems):
            if problem.effect is Effect.INCOMPLETE:
                message = problem.message.partition(";")[0]
                raise InputError(message, where=problem.where, advice=AGAIN)

    @property
    def ended(self) -> bool:
        """Return True if, after all entries, the blocks of zeros came that end an archive."""
        return self._chunks.content_bytes >= self._tar.offset + BLOCK


def content(tar: TarWalker, most: int) -> bytes:
    """Return the content of the entry a walker stands at.

    Raises:
        InputError: If it is no regular file, or the tar ends within it.
        LimitError: If it has more than ``most`` bytes.
    """
    if tar.kind != FILE or tar.sparse:
        raise InputError("not a regular file", where=tar.path)
    if tar.size > most:
        raise LimitError(f"{tar.size} bytes, more than {most}", where=tar.path)
    parts = []
    while part := tar.read(tar.size):
        parts.append(bytes(part))
    if tar.truncated:
        raise InputError("the tar archive ends too early", where=tar.path, advice=AGAIN)
    return b"".join(parts)
