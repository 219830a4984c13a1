"""Reads a blob as stored and gives its uncompressed bytes in bounded chunks."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, BinaryIO, Protocol

from dunnage.io._decoders import decoder_of, zstd_library
from dunnage.io._rescue import Rescue
from dunnage.model.errors import InputError, LimitError
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from dunnage.model.limits import Limits

READ = 256 * 1024
"""Bytes read from a compressed blob at a time."""

SMALL_READ = 32 * 1024
"""The same among small members: bytes past the end of a member are copied once for each."""

CHUNK = 1024 * 1024
"""Largest chunk of uncompressed bytes."""

PIECE = 256 * 1024
"""The same from gzip: for larger ones its decoder grows its output step by step, which maps and
unmaps memory each time and costs up to a third more."""

LOST = 2 * 1024 * 1024
"""Most uncompressed bytes that damage costs where a blob cannot be read again, as from a network:
one chunk, and what the decoder held of the next."""


class Digest(Protocol):
    """A running hash."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Add bytes."""

    def hexdigest(self) -> str:
        """Return the hash so far."""


AGAIN = "fetch or save the image again"
_CODE = re.compile(r"^Error -?\d+ (?:while decompressing data: )?")
_GZIP, _ZSTD, _XZ, _BZIP2 = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh"
_SKIPPABLE = b"\x2a\x4d\x18"


def kind_of(head: bytes) -> str:
    """Return ``gzip``, ``zstd``, ``xz``, ``bzip2`` or ``none`` from the first six bytes.

    The magic numbers are those of RFC 1952 section 2.3.1, RFC 8878 sections 3.1.1 and 3.1.2
    (skippable frames), the .xz file format 1.2.1 section 2.1.1.1 and bzip2's own header.
    """
    if head.startswith(_GZIP):
        return "gzip"
    if head.startswith(_ZSTD) or (head[1:4] == _SKIPPABLE and head[0] & 0xF0 == 0x50):
        return "zstd"
    if head.startswith(_XZ):
        return "xz"
    return "bzip2" if head.startswith(_BZIP2) and b"1" <= head[3:4] <= b"9" else "none"


class Inflater:
    """The uncompressed bytes of one blob, to be iterated over once.

    After the iteration all stored bytes have been read, so that ``stored`` is complete.
    Truncation, damage and trailing data do not raise: what was read before them was given, and
    ``problems`` says what happened. Decoders throw away what they had when they come to damage;
    where ``raw`` can seek, that much is decoded again, else up to ``LOST`` bytes are missing.

    Args:
        raw: The blob; read to its end, not closed.
        limits: ``layer_bytes``, ``ratio`` and ``ratio_floor`` count.
        algorithm: Hash of the stored bytes (``sha256``), or empty for none.
        advance: Told how many stored bytes were read, each time some were; may raise to stop.

    Attributes:
        kind: What the first bytes say (see ``kind_of``); known once the first chunk was given.
        stored: Running hash of the stored bytes, or None.
        stored_bytes: Stored bytes read so far.
        content_bytes: Uncompressed bytes given so far.
        truncated: True if the blob ended within a member.
        damaged: True if the blob could not be decompressed to its end.
        finished: True once all stored bytes were read.
        problems: What was noticed.
    """

    def __init__(
        self,
        raw: BinaryIO,
        limits: Limits,
        *,
        algorithm: str = "",
        advance: Callable[[int], None] | None = None,
    ) -> None:
        self._raw = raw
        self._limits = limits
        self._advance = advance
        self._origin = _position(raw)
        self.stored: Digest | None = hashlib.new(algorithm) if algorithm else None
        self._step = READ
        self.kind = "none"
        self.stored_bytes = 0
        self.content_bytes = 0
        self.truncated = False
        self.damaged = False
        self.finished = False
        self.problems: list[Problem] = []

    def __iter__(self) -> Iterator[bytes]:
        """Give the uncompressed bytes in chunks of at most ``CHUNK`` bytes.

        Raises:
            LimitError: If there is more than the limits allow.
            InputError: If the blob cannot be read.
        """
        head = self._read(READ)
        while 0 < len(head) < 6 and (more := self._read(READ)):
            head += more
        self.kind = kind_of(head)
        if self.kind == "none":
            yield from self._plain(head)
            return
        rest = head
        while kind_of(rest) == self.kind:
            rest = yield from self._member(rest)
            if self.damaged or self.truncated:
                return
            rest = self._next_member(rest)
        if rest:
            self._trailing(len(rest))

    def _plain(self, head: bytes) -> Iterator[bytes]:
        while head:
            self._count(len(head))
            yield head
            head = self._read(CHUNK)

    def _member(self, data: bytes) -> Generator[bytes, None, bytes]:
        """Give one member and return the bytes that were read past it."""
        decoder = decoder_of(self.kind)
        most = PIECE if self.kind == "gzip" else CHUNK
        before = self.stored_bytes
        start = fed = before - len(data)
        given = self.content_bytes
        while not decoder.eof:
            if not data and decoder.needs_input:
                fed = self.stored_bytes
                data = self._read(self._step)
                if not data:
                    self._cut_off()
                    return b""
            try:
                chunk = decoder.decompress(data, most)
            except Exception as error:  # noqa: BLE001 - each library has its own exceptions
                where = yield from self._rescue(start, fed, self.content_bytes - given)
                self._damage(error, where)
                return b""
            data = b""
            if chunk:
                self._count(len(chunk))
                yield chunk
        self._step = READ if self.stored_bytes - before > READ else SMALL_READ
        return bytes(decoder.unused_data)

    def _rescue(self, start: int, fed: int, given: int) -> Generator[bytes, None, int]:
        """Give what the decoder had of a member when it came to damage.

        Args:
            start: Offset of the member.
            fed: Offset up to which it could be decoded.
            given: Bytes of its content that were given.

        Returns:
            Offset of the damage, or -1 if the blob cannot be read again.
        """
        here = self.stored_bytes
        if self._origin < 0:
            return -1
        try:
            self._raw.seek(self._origin + start)
            rescue = Rescue(decoder_of(self.kind), self._again(fed - start, here - fed), given)
            for chunk in rescue:
                self._count(len(chunk))
                yield chunk
            self._raw.seek(self._origin + here)
        except OSError as error:
            raise self._stopped(error) from error
        return start + rescue.taken

    def _again(self, whole: int, single: int) -> Iterator[bytes]:
        """Give a part of the blob again: large pieces up to an offset, then byte by byte."""
        while whole > 0 and (data := self._raw.read(min(whole, READ))):
            if self._advance is not None:
                self._advance(0)
            whole -= len(data)
            yield data
        tail = b"" if whole else self._raw.read(single)
        for at in range(len(tail)):
            yield tail[at : at + 1]

    def _next_member(self, rest: bytes) -> bytes:
        """Skip padding and return the beginning of what follows, at least six bytes if it can."""
        rest = rest.lstrip(b"\0")
        while len(rest) < 6 and (more := self._read(READ)):
            rest = (rest + more).lstrip(b"\0")
        return rest

    def _read(self, size: int) -> bytes:
        try:
            data = self._raw.read(size)
        except OSError as error:
            raise self._stopped(error) from error
        if not data:
            self.finished = True
        else:
            self.stored_bytes += len(data)
            if self.stored is not None:
                self.stored.update(data)
            if self._advance is not None:
                self._advance(len(data))
        return data

    def _stopped(self, error: OSError) -> InputError:
        return InputError(
            f"reading stopped: {error.strerror or error}", where=f"byte {self.stored_bytes}"
        )

    def _count(self, size: int) -> None:
        self.content_bytes += size
        limits = self._limits
        if self.content_bytes > limits.layer_bytes:
            raise LimitError(
                f"more than {limits.layer_bytes} uncompressed bytes",
                where=f"byte {self.stored_bytes}",
            )
        floor = self.content_bytes > limits.ratio_floor
        if floor and self.content_bytes > limits.ratio * self.stored_bytes:
            raise LimitError(
                f"a decompression bomb: one byte becomes more than {limits.ratio}",
                where=f"byte {self.stored_bytes}",
            )

    def _drain(self) -> None:
        while self._read(CHUNK):
            pass

    def _cut_off(self) -> None:
        self.truncated = True
        self.problems.append(
            Problem(
                "truncated",
                f"the {self.kind} data ends too early; what comes before was examined",
                where=f"byte {self.stored_bytes}",
                advice=AGAIN,
            )
        )

    def _damage(self, error: Exception, offset: int) -> None:
        """Note damage at an offset; -1 if all that is known is that it was read."""
        self.damaged = True
        reason = _CODE.sub("", str(error)) or type(error).__name__
        lost = f", except for up to {LOST >> 20} MiB of content right before it" * (offset < 0)
        self.problems.append(
            Problem(
                "damaged",
                f"the {self.kind} data is damaged ({reason}); what comes before was examined{lost}",
                where=f"before byte {self.stored_bytes}" if offset < 0 else f"byte {offset}",
                advice=AGAIN,
            )
        )
        self._drain()

    def _trailing(self, size: int) -> None:
        offset = self.stored_bytes - size
        self._drain()
        self.problems.append(
            Problem(
                "trailing-data",
                f"{self.stored_bytes - offset} bytes after the {self.kind} data were ignored",
                where=f"byte {offset}",
                effect=Effect.NOTE,
            )
        )


def _position(raw: BinaryIO) -> int:
    """Return where a blob that can seek begins, or -1."""
    try:
        return raw.tell() if raw.seekable() else -1
    except (AttributeError, OSError):
        return -1


def inflate(
    raw: BinaryIO,
    limits: Limits,
    *,
    algorithm: str = "",
    advance: Callable[[int], None] | None = None,
) -> Inflater:
    """Return the uncompressed bytes of a blob; the arguments are those of ``Inflater``."""
    return Inflater(raw, limits, algorithm=algorithm, advance=advance)


def hashed(chunks: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    """Give all chunks on, adding them to a running hash."""
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def zstd_compress(data: bytes) -> bytes:
    """Return one zstd frame (RFC 8878)."""
    compressed: bytes = zstd_library().compress(data)
    return compressed


def zstd_decompress(data: bytes, limit: int) -> bytes:
    """Return the content of one zstd frame of at most ``limit`` bytes.

    Raises:
        InputError: If it is damaged, cut off or followed by something.
        LimitError: If it is larger.
    """
    decoder = decoder_of("zstd")
    try:
        content = decoder.decompress(data, limit + 1)
    except Exception as error:
        raise InputError(f"the zstd data is damaged ({error})") from error
    if len(content) > limit:
        raise LimitError(f"more than {limit} uncompressed bytes")
    if not decoder.eof or decoder.unused_data:
        raise InputError("the zstd data is cut off or followed by something")
    return content
