"""Reads one member of a ZIP archive as a stream that never grows beyond what it claims."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol, cast

from dunnage.model.errors import InputError
from dunnage.parsers.zip_directory import Member, Readable, content

if TYPE_CHECKING:
    from collections.abc import Callable

_INPUT = 64 * 1024
_RAW_DEFLATE = -15


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Check(Protocol):
    def __call__(self, data: bytes, value: int, /) -> int: ...


class Part:
    """A stretch of another body, seen as a body of its own without copying it.

    Args:
        body: The whole.
        offset: Where the part begins, in bytes.
        size: Size of the part, in bytes.
    """

    __slots__ = ("_body", "_offset", "size")

    def __init__(self, body: Readable, offset: int, size: int) -> None:
        self._body = body
        self._offset = offset
        self.size = size

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        length = min(length, self.size - offset)
        return self._body.read(self._offset + offset, length) if length > 0 <= offset else b""


class MemberReader:
    """Reads the content of one member from its beginning.

    Args:
        body: The archive.
        member: One of its members, compressed with deflate or not at all.
        charge: Told how many bytes came out, each time some did; may raise to stop.

    Raises:
        InputError: If the member is encrypted, cut off or compressed in another way.
    """

    def __init__(self, body: Readable, member: Member, charge: Callable[[int], None]) -> None:
        if member.method not in {0, 8}:
            raise InputError(
                f"compression method {member.method} is not supported", where=member.name
            )
        self._body = body
        self._member = member
        self._charge = charge
        self._at = content(body, member)
        self._end = self._at + member.stored
        self._inflater: _Inflater | None = None
        self._error: type[Exception] = zlib.error
        self._check: _Check = zlib.crc32
        if member.method:
            self._inflater, self._error, self._check = _inflater()
        self._given = 0
        self._crc = 0

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes; nothing at the end.

        Raises:
            InputError: If the content is damaged, or longer or shorter than it claims.
        """
        try:
            data = self._inflate(size) if self._inflater else self._copy(size)
        except self._error as error:
            raise InputError(
                f"the member cannot be decompressed: {error}", where=self._member.name
            ) from error
        self._given += len(data)
        self._crc = self._check(data, self._crc)
        self._charge(len(data))
        if self._given > self._member.size or (not data and self._given < self._member.size):
            raise InputError(
                f"the member does not have the {self._member.size} bytes it claims",
                where=self._member.name,
            )
        if not data and size and self._crc != self._member.crc:
            raise InputError("the member is damaged: wrong check sum", where=self._member.name)
        return data

    def _copy(self, size: int) -> bytes:
        data = self._body.read(self._at, min(size, self._end - self._at))
        self._at += len(data)
        return data

    def _inflate(self, size: int) -> bytes:
        inflater = self._inflater
        while inflater is not None and not inflater.eof:
            data = inflater.unconsumed_tail or self._copy(_INPUT)
            out = inflater.decompress(data, size)
            if out or not data:
                return out
        return b""


def _inflater() -> tuple[_Inflater, type[Exception], _Check]:
    """Return the quickest decompressor there is, the exception it raises, and its CRC-32."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.decompressobj(_RAW_DEFLATE), zlib.error, zlib.crc32
    error = cast("type[Exception]", isal_zlib.error)
    return isal_zlib.decompressobj(_RAW_DEFLATE), error, isal_zlib.crc32
