"""Regular files that are read in place, at any offset, from several threads."""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING, BinaryIO, cast

from dunnage.model.errors import InputError, TargetError

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


class Stored:
    """An open regular file. It closes itself when nothing refers to it any more.

    Attributes:
        name: What to call it in messages.
        size: Size in bytes when it was opened.
    """

    def __init__(self, fd: int, name: str) -> None:
        self._fd = fd
        self.name = name
        self.size = os.fstat(fd).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end.

        Raises:
            InputError: If the medium fails.
        """
        try:
            return os.pread(self._fd, length, offset)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=self.name) from error

    def reader(self, offset: int = 0, length: int = -1) -> BinaryIO:
        """Return an independent seekable reader of a part, or of all that follows ``offset``."""
        end = self.size if length < 0 else min(self.size, offset + length)
        return cast("BinaryIO", _Part(self, offset, max(offset, end)))

    def __del__(self) -> None:
        os.close(self._fd)


class _Part(io.RawIOBase):
    """A window on a stored file."""

    def __init__(self, stored: Stored, start: int, end: int) -> None:
        super().__init__()
        self._stored, self._start, self._end, self._at = stored, start, end, start

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


def open_inside(root: str, relative: str) -> Stored:
    """Open a regular file below a directory, without following links out of it.

    Raises:
        InputError: If it is missing, not below ``root``, no regular file, or may not be read.
    """
    path = os.path.realpath(os.path.join(root, relative))  # noqa: PTH118 - see open_file
    inside = os.path.realpath(root)
    if os.path.commonpath([path, inside]) != inside:
        raise InputError("a link that leads out of the directory", where=f"{root}/{relative}")
    try:
        return open_file(path)
    except TargetError as error:
        raise InputError(error.message, where=error.where) from error


def unreadable(error: OSError, path: str) -> TargetError:
    """Return what a person should be told about a path that cannot be opened."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return TargetError("there is no such file or directory", where=path)
    if isinstance(error, PermissionError):
        return TargetError(
            "may not be read", where=path, advice="run it as somebody who may, or change its mode"
        )
    return TargetError(f"cannot be opened: {error.strerror}", where=path)


def _regular(status: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for test, name in _KINDS if test(status.st_mode)), "of an unknown kind")
        raise TargetError(f"{kind}, not a regular file", where=path)
