"""Regular files that are read in place, at any offset, from several threads."""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING, BinaryIO, cast

from dunnage.model.errors import InputError, LimitError, TargetError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


_INSTEAD = "name a file; a tar from a pipe is named - and read from standard input"


class Stored:
    """An open regular file. It closes itself when nothing refers to it any more.

    Attributes:
        name: What to call it in messages.
        size: Size in bytes when it was opened.
    """

    def __init__(self, fd: int, name: str) -> None:
        self._fd = fd
        self.name = name
        status = os.fstat(fd)
        self.size = status.st_size
        self._stamp = (status.st_size, status.st_mtime_ns)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end.

        Raises:
            InputError: If the medium fails.
        """
        if not 0 <= offset < self.size:  # some offsets are larger than any the system takes
            return b""
        try:
            return os.pread(self._fd, length, offset)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=self.name) from error

    def reader(self, offset: int = 0, length: int = -1) -> BinaryIO:
        """Return an independent seekable reader of a part, or of all that follows ``offset``."""
        end = self.size if length < 0 else min(self.size, offset + length)
        return cast("BinaryIO", _Part(self, offset, max(offset, end)))

    def unchanged(self) -> bool:
        """Tell whether the file's size and time are those it was opened with."""
        status = os.fstat(self._fd)
        return self._stamp == (status.st_size, status.st_mtime_ns)

    def __del__(self) -> None:
        os.close(self._fd)


class StoredBody:
    """A body that lies in a stored file.

    Args:
        stored: The file.
        start: Where the body begins, in bytes.
        size: Its size in bytes; all of it lies in the file.
    """

    __slots__ = ("_start", "_stored", "size")

    def __init__(self, stored: Stored, start: int, size: int) -> None:
        self._stored = stored
        self._start = start
        self.size = size

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        data = self._stored.read_at(self._start + offset, length)
        while len(data) < length and (
            more := self._stored.read_at(self._start + offset + len(data), length - len(data))
        ):
            data += more
        return data

    def all(self, limit: int) -> bytes:
        """Return the whole content; raises LimitError if it is larger than ``limit`` bytes."""
        if self.size > limit:
            raise LimitError(f"too large to read: {self.size} bytes, the limit is {limit}")
        return self.read(0, self.size)

    def open(self) -> BinaryIO:
        """Return a seekable reader, independent of all others."""
        reader = self._stored.reader(self._start, self.size)
        return io.BufferedReader(cast("io.RawIOBase", reader), 64 * 1024)


class _Part(io.RawIOBase):
    """A window on a stored file; see ``io.body.InPlace``."""

    def __init__(self, stored: Stored, start: int, end: int) -> None:
        super().__init__()
        self._stored, self._start, self._end, self._at = stored, start, end, start

    def part(self, offset: int, size: int) -> StoredBody | None:
        """Return a part of the window as a body, or None if it is not so long."""
        start = self._start + offset
        if start + size > self._end:
            return None
        return StoredBody(self._stored, start, size)

    def unchanged(self) -> bool:
        """Tell whether the file is what it was when it was opened."""
        return self._stored.unchanged()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at - self._start

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: self._start, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = max(self._start, base + offset)
        return self._at - self._start

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._end - self._at)
        length = left if size is None or size < 0 else min(size, left)
        data = self._stored.read_at(self._at, length)
        self._at += len(data)
        return data

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")[: max(0, self._end - self._at)]
        try:
            count = os.preadv(self._stored._fd, [view], self._at)  # noqa: SLF001 - one thought
        except OSError as error:
            where = self._stored.name
            raise InputError(f"cannot be read: {error.strerror}", where=where) from error
        self._at += count
        return count


def open_file(path: str) -> Stored:
    """Open a regular file the user named; links in that name are followed.

    Nothing else is ever opened, so that pipes and devices cannot make us wait.

    Raises:
        TargetError: If it is missing, no regular file, or may not be read.
    """
    try:
        _regular(os.stat(path), path)  # noqa: PTH116 - paths may be bytes no Path would keep
        fd = os.open(path, _FLAGS)
    except OSError as error:
        raise unreadable(error, path) from error
    stored = Stored(fd, path)
    _regular(os.fstat(fd), path)
    return stored


def open_inside(root: str, relative: str) -> Stored | None:
    """Open a regular file below a directory, without following links out of it.

    Returns:
        None if it is missing.

    Raises:
        InputError: If it is not below ``root``, no regular file, or may not be read.
    """
    path = os.path.realpath(os.path.join(root, relative))  # noqa: PTH118 - see open_file
    inside = os.path.realpath(root)
    where = f"{root}, {relative}"
    if os.path.commonpath([path, inside]) != inside:
        raise InputError("a link that leads out of the directory", where=where)
    if not os.path.lexists(path):
        return None
    try:
        return open_file(path)
    except TargetError as error:
        raise InputError(error.message, where=where, advice=error.advice) from error


def unreadable(error: OSError, path: str) -> TargetError:
    """Return what a person should be told about a path that cannot be opened."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        message = "there is no such file or directory"
        return TargetError(message, where=path, advice="check the spelling")
    if isinstance(error, PermissionError):
        return TargetError(
            "may not be read", where=path, advice="run it as somebody who may, or change its mode"
        )
    return TargetError(f"cannot be opened: {error.strerror}", where=path)


def _regular(status: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for test, name in _KINDS if test(status.st_mode)), "of an unknown kind")
        raise TargetError(f"{kind}, not a regular file", where=path, advice=_INSTEAD)
