"""Reads a file that may be gzip-compressed, with bounded output."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

BYTES = 8 << 30
_BLOCK = 1 << 20


def blocks(stream: BinaryIO, where: str) -> Iterator[bytes]:
    """Give the content in blocks of at most one mebibyte, decompressed if it is gzip (RFC 1952).

    Raises:
        InputError: If the compressed data is damaged or cut off.
        LimitError: If the content is larger than ``BYTES``.
    """
    from gzip import GzipFile

    plain = stream.read(2) != b"\x1f\x8b"
    stream.seek(0)
    source = stream if plain else GzipFile(fileobj=stream, mode="rb")
    total = 0
    try:
        while block := source.read(_BLOCK):
            total += len(block)
            if total > BYTES:
                raise LimitError(f"the content is larger than {BYTES} bytes", where=where)
            yield block
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"the compressed data is damaged: {error}", where=where) from error
    finally:
        if source is not stream:
            source.close()
