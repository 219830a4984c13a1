"""Decodes again what a decoder threw away when it came to damage."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dunnage.io._decoders import Decoder

STEP = 64 * 1024
"""Bytes that are given at a time, about."""


class Rescue:
    """The content of a damaged member up to its damage, to be iterated over once.

    An error costs all that the same call had decoded. So whoever feeds single bytes where the
    damage must be loses nothing but what the damaged byte itself began.

    Args:
        decoder: A fresh one.
        pieces: The member from its beginning, in pieces, small ones near the damage.
        skip: Bytes of content to leave out, because they are known already.

    Attributes:
        taken: Compressed bytes decoded without error; in the end the offset of the damage.
    """

    def __init__(self, decoder: Decoder, pieces: Iterable[bytes], skip: int) -> None:
        self._decoder = decoder
        self._pieces = pieces
        self._skip = skip
        self._failed = False
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        """Give what is not known yet; only errors of ``pieces`` come out."""
        kept = bytearray()
        for piece in self._pieces:
            for chunk in self._decoded(piece):
                known = min(self._skip, len(chunk))
                self._skip -= known
                kept += chunk[known:]
                if len(kept) >= STEP:
                    yield bytes(kept)
                    kept.clear()
            if self._failed or self._decoder.eof:
                break
            self.taken += len(piece)
        if kept:
            yield bytes(kept)

    def _decoded(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                chunk = self._decoder.decompress(data, STEP)
            except Exception:  # noqa: BLE001 - each library has its own exceptions
                self._failed = True
                return
            yield chunk
            data = b""
            if self._decoder.eof or self._decoder.needs_input:
                return
