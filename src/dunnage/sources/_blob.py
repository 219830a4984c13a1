"""Reads one blob of a registry to its end, even if connections break on the way."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from dunnage.io.stream import Stream
from dunnage.model.errors import DunnageError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.io.http import Response

PAUSE = 0.25
"""Seconds before the first attempt to go on; each further one takes twice as long."""

_FRUITLESS = 4
_PROGRESS = 1024 * 1024
_RANGE = re.compile(r"bytes (\d{1,19})-\d{1,19}/(?:\d{1,19}|\*)")


class Blob(Stream):
    """A blob as a stream of exactly ``size`` bytes.

    A connection that ends early is opened again where it ended (RFC 9110 14.2), up to four times
    in a row without a megabyte of progress. Whoever reads verifies the digest, so a registry that
    goes on with other content is found out.

    Args:
        fetch: Gives the blob, or what follows the number of bytes it is called with (status
            206); it raises an error of ours if it cannot.
        size: Size in bytes, as the manifest says.
        digest: For messages.

    Raises:
        InputError: If the blob cannot be had.
    """

    def __init__(self, fetch: Callable[[int], Response], size: int, digest: str) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._digest = digest
        self._at = 0
        self._mark = 0
        self._fruitless = 0
        self._response = self._opened(0)

    def read1(self, size: int = -1, /) -> bytes:
        """Return what there is, at most ``size`` bytes; nothing only at the end.

        Raises:
            InputError: If the blob cannot be had to its end, or has not the size it should have.
        """
        from dunnage.io.http import BrokenError

        while size:
            try:
                chunk = self._response.read1(size)
            except BrokenError as error:
                self._again(error)
                continue
            if not chunk and self._at < self._size:
                self._again(self._wrong_size())
                continue
            self._at += len(chunk)
            if self._at > self._size:
                raise InputError(
                    f"the registry sends more than the {self._size} bytes of the manifest",
                    where=self._digest,
                    advice="the image or the registry is damaged, or was tampered with",
                )
            return chunk
        return b""

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else drop it."""
        if not self.closed:
            self._response.close()
            super().close()

    def _again(self, error: InputError) -> None:
        """Go on where the last connection ended, or raise why it ended."""
        from dunnage.io.http import BrokenError

        if self._at - self._mark >= _PROGRESS:
            self._fruitless = 0
        self._mark = self._at
        while True:
            self._response.close()
            if self._fruitless >= _FRUITLESS or self._at > self._size:
                raise InputError(error.message, where=self._digest, advice=error.advice) from error
            time.sleep(PAUSE * 2.0**self._fruitless)
            self._fruitless += 1
            try:
                self._response = self._opened(self._at)
            except BrokenError as broken:  # while leaving out what we have already
                error = broken
            else:
                return

    def _opened(self, start: int) -> Response:
        try:
            response = self._fetch(start)
        except DunnageError as error:
            raise InputError(error.message, where=self._digest, advice=error.advice) from error
        try:
            self._skip(response, start)
        except BaseException:
            response.close()
            raise
        return response

    def _skip(self, response: Response, start: int) -> None:
        """Leave out what we have already, if the registry did not.

        Raises:
            InputError: If the registry gives another part than we asked for.
        """
        if response.status == 206:
            found = _RANGE.fullmatch(response.headers.get("content-range", "").strip().lower())
            if found is None or int(found.group(1)) != start:
                raise InputError(
                    "the registry gave another part than was asked", where=self._digest
                )
            return
        left = start
        while left:
            chunk = response.read1(left)
            if not chunk:
                raise self._wrong_size()
            left -= len(chunk)

    def _wrong_size(self) -> InputError:
        return InputError(
            f"the registry sends only {self._at} of the {self._size} bytes of the manifest",
            where=self._digest,
            advice="try again; if it stays so, push the image again",
        )
