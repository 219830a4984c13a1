"""Holds the content of one file, in memory or in an unlinked temporary file."""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast, runtime_checkable

from dunnage.model.errors import LimitError

if TYPE_CHECKING:
    from dunnage.model.cataloger import Body
    from dunnage.model.limits import Limits

    Buffer = bytes | bytearray | memoryview

STEP = 1024 * 1024
"""Bytes that are moved at a time."""


class Readable(Protocol):
    """What a body is collected from."""

    def read(self, size: int, /) -> Buffer:
        """Return up to ``size`` bytes; nothing at the end."""


@runtime_checkable
class InPlace(Protocol):
    """A reader of something that can also be read at any place, without copying it first."""

    def part(self, offset: int, size: int) -> Body | None:
        """Return ``size`` bytes from ``offset``, or None if there are not so many."""

    def unchanged(self) -> bool:
        """Tell whether what is read is what it was when it was opened."""


class BusyError(LimitError):
    """There is no room now; the same content might be read another time."""


class Budget:
    """Counts memory and temporary disk taken by bodies; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.memory = 0
        self.disk = 0

    def take_memory(self, count: int, bound: int) -> bool:
        """Take memory unless more than ``bound`` bytes would be taken; return whether it was."""
        with self._lock:
            if self.memory + count > bound:
                return False
            self.memory += count
            return True

    def take_disk(self, count: int, bound: int) -> bool:
        """Take temporary disk unless more than ``bound`` bytes would be taken."""
        with self._lock:
            if self.disk + count > bound:
                return False
            self.disk += count
            return True

    def give(self, *, memory: int = 0, disk: int = 0) -> None:
        """Give back what was taken."""
        with self._lock:
            self.memory -= memory
            self.disk -= disk


SHARED = Budget()
"""The budget of this process: all bodies together keep within it."""


class MemoryBody:
    """A body in memory.

    Args:
        data: The content. A ``memoryview`` of a buffer that will be reused is welcome, as long
            as nobody keeps the body afterwards.
        taken: Bytes of ``budget`` that end with this body.
        budget: Where ``taken`` was taken from.
    """

    __slots__ = ("_budget", "_data", "_taken", "size")

    def __init__(self, data: Buffer, taken: int = 0, budget: Budget = SHARED) -> None:
        self._data = data
        self._taken = taken
        self._budget = budget
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        if offset < 0 or length <= 0:
            return b""
        return bytes(self._data[offset : offset + length])

    def all(self, limit: int) -> bytes:
        """Return the whole content; raises LimitError if it is larger than ``limit`` bytes."""
        _check(self.size, limit)
        return bytes(self._data)

    def open(self) -> BinaryIO:
        """Return a seekable reader, independent of all others."""
        if isinstance(self._data, bytes):
            return io.BytesIO(self._data)  # shares the bytes until somebody writes
        return reader_of(self)

    def __del__(self) -> None:
        """Give the memory back."""
        if self._taken:
            self._budget.give(memory=self._taken)


class SpilledBody:
    """A body in an unlinked temporary file, which is gone when this object is.

    Args:
        file: Open file; it belongs to this object from now on, unless it is lent.
        size: Size in bytes, all of which were taken from ``budget``.
        budget: Where the disk was taken from, or None if the file is only lent.
    """

    __slots__ = ("_budget", "_file", "size")

    def __init__(self, file: BinaryIO, size: int, budget: Budget | None) -> None:
        self._file = file
        self._budget = budget
        self.size = size

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        length = min(length, self.size - offset)
        data = os.pread(self._file.fileno(), length, offset)
        while len(data) < length:
            more = os.pread(self._file.fileno(), length - len(data), offset + len(data))
            if not more:
                break
            data += more
        return data

    def all(self, limit: int) -> bytes:
        """Return the whole content; raises LimitError if it is larger than ``limit`` bytes."""
        _check(self.size, limit)
        return self.read(0, self.size)

    def open(self) -> BinaryIO:
        """Return a seekable reader, independent of all others."""
        return reader_of(self)

    def __del__(self) -> None:
        """Remove the file and give the disk back."""
        if self._budget is not None:
            self._file.close()
            self._budget.give(disk=self.size)


class Spill:
    """One unlinked temporary file for one body after the other; for one thread.

    Writing over the same pages again is several times quicker than new files.

    Args:
        limits: ``spill_body`` and ``spill_budget`` count.
        budget: What to count against.
    """

    def __init__(self, limits: Limits, budget: Budget = SHARED) -> None:
        self._limits = limits
        self._budget = budget
        self._file: BinaryIO | None = None
        self._taken = 0

    def collect(self, reader: Readable, size: int) -> SpilledBody:
        """Read everything and return a body that is good until the next one is asked for.

        Args:
            reader: Read to its end.
            size: Size in bytes the reader claims to have.

        Raises:
            LimitError: If the content is larger than the limits allow.
        """
        _check(size, self._limits.spill_body)
        if self._file is None:
            self._file = _temporary()
        self._file.seek(0)
        size = 0
        while chunk := reader.read(STEP):
            size += len(chunk)
            _check(size, self._limits.spill_body)
            if size > self._taken:
                _take_disk(size - self._taken, self._limits, self._budget)
                self._taken = size
            _write(self._file, chunk)
        return SpilledBody(self._file, size, None)

    def close(self) -> None:
        """Remove the file and give the disk back."""
        if self._file is not None:
            self._file.close()
        self._file = None
        self._budget.give(disk=self._taken)
        self._taken = 0


def collect(
    reader: Readable, size_hint: int, limits: Limits, *, budget: Budget = SHARED
) -> MemoryBody | SpilledBody:
    """Read everything and keep it: in memory if small and there is room, else on disk.

    Args:
        reader: Read to its end.
        size_hint: Size in bytes the reader claims to have, or -1; only a hint.
        limits: ``memory_body``, ``memory_budget``, ``spill_body`` and ``spill_budget`` count.
        budget: What to count against.

    Raises:
        LimitError: If the content is larger than the limits allow.
    """
    _check(size_hint, limits.spill_body)
    if size_hint <= limits.memory_body:
        return _in_memory(reader, limits, budget)
    return _on_disk(reader, b"", limits, budget)


def _in_memory(reader: Readable, limits: Limits, budget: Budget) -> MemoryBody | SpilledBody:
    parts: list[Buffer] = []
    size = 0
    try:
        while chunk := reader.read(STEP):
            if size + len(chunk) > limits.memory_body or not budget.take_memory(
                len(chunk), limits.memory_budget
            ):
                return _on_disk(reader, b"".join([*parts, chunk]), limits, budget)
            size += len(chunk)
            parts.append(bytes(chunk))
        body = MemoryBody(parts[0] if len(parts) == 1 else b"".join(parts), size, budget)
        size = 0  # the body gives it back
        return body
    finally:
        budget.give(memory=size)


def _on_disk(reader: Readable, head: bytes, limits: Limits, budget: Budget) -> SpilledBody:
    size = 0
    file = _temporary()
    try:
        chunk: Buffer = head or reader.read(STEP)
        while chunk:
            _check(size + len(chunk), limits.spill_body)
            _take_disk(len(chunk), limits, budget)
            size += len(chunk)
            _write(file, chunk)
            chunk = reader.read(STEP)
        body = SpilledBody(file, size, budget)
    except BaseException:
        file.close()
        budget.give(disk=size)
        raise
    return body


def _temporary() -> BinaryIO:
    from tempfile import TemporaryFile

    try:
        return cast("BinaryIO", TemporaryFile(prefix="dunnage-", buffering=0))
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> BusyError:
    return BusyError(
        f"a temporary file cannot be written: {error.strerror}",
        advice="make room, or choose another place with TMPDIR",
    )


def _take_disk(count: int, limits: Limits, budget: Budget) -> None:
    if not budget.take_disk(count, limits.spill_budget):
        raise BusyError(
            "there is no temporary disk left for large files, not examined",
            advice="run fewer jobs at a time, or raise the limit on temporary disk",
        )


def _write(file: BinaryIO, chunk: Buffer) -> None:
    view = memoryview(chunk)
    while view:
        try:
            view = view[file.write(view) :]
        except OSError as error:
            raise _unwritable(error) from error


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise LimitError(f"too large to read: {size} bytes or more, the limit is {limit}")


class _Raw(io.RawIOBase):
    """Reads a body as a stream."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self._body = body
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self._position, self._body.size)[whence]
        if base + offset < 0:
            raise ValueError("cannot seek before the beginning")
        self._position = base + offset
        return self._position

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]  # buffers
        data = self._body.read(self._position, len(target))
        target[: len(data)] = data
        self._position += len(data)
        return len(data)


def reader_of(body: Body) -> BinaryIO:
    """Return a seekable reader of a body."""
    return io.BufferedReader(_Raw(body), 64 * 1024)
