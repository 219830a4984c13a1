"""Walks a directory tree in a fixed order, following no link and opening nothing but files."""

from __future__ import annotations

import errno
import os
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dunnage.model.errors import InputError
from dunnage.model.problem import Effect, Problem
from dunnage.model.target import TreeEntry
from dunnage.sources._stored import Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from dunnage.model.limits import Limits

    Leaves = Callable[[str, Collection[str]], bool]

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_ADVICE = "run it as somebody who may read it"
_TOO_LONG = "the path is too long; it and what is below it was not examined"
_SHOWN = 200

# File systems that the kernel makes up; they hold nothing that was installed.
_VIRTUAL = (
    "autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl"
    " hugetlbfs mqueue nsfs proc pstore rpc_pipefs securityfs selinuxfs sysfs tracefs"
)


def walk(root: str, limits: Limits, leaves: Leaves | None = None) -> Iterator[TreeEntry | Problem]:
    """Give everything below a directory, parents first, siblings sorted by name.

    A directory or file that was exchanged for another while we were walking is not read.

    Args:
        root: The directory; a link in its own name is followed.
        limits: ``entries`` is the most that is given, ``path_bytes`` the longest path.
        leaves: Told the path of each directory (empty for the root) and the names in it; True
            leaves out what is in it.
    """
    virtual = _virtual_devices()
    try:
        pending = [("", os.stat(root))]  # noqa: PTH116 - names may be no text
    except OSError as error:
        yield _unlisted(error, root)
        return
    count = 0
    while pending:
        path, expected = pending.pop()
        found = _listed(root, path, expected)
        if isinstance(found, Problem):
            yield found
            continue
        if leaves is not None and leaves(path, [name for name, _ in found]):
            continue
        inner: list[tuple[str, os.stat_result]] = []
        for name, status in found:
            below = f"{path}/{name}" if path else name
            count += 1
            if count > limits.entries:
                yield Problem("too-many-files", f"more than {limits.entries} files", where=root)
                return
            if len(below) > limits.path_bytes:
                yield Problem("path-too-long", _TOO_LONG, where=below[:_SHOWN])
                continue
            yield _entry(root, below, status)
            if not stat.S_ISDIR(status.st_mode):
                continue
            if status.st_dev != expected.st_dev and status.st_dev in virtual:
                message = "a file system the kernel makes up was left out"
                yield Problem("virtual-file-system", message, where=below, effect=Effect.NOTE)
            else:
                inner.append((below, status))
        pending.extend(reversed(inner))


def _listed(
    root: str, path: str, expected: os.stat_result
) -> list[tuple[str, os.stat_result]] | Problem:
    """Return names and states of what is in a directory, sorted, or why that is unknown."""
    try:
        fd = os.open(f"{root}/{path}", _FLAGS | os.O_DIRECTORY if path else _root_flags())
        try:
            if not _same(os.fstat(fd), expected):
                return Problem("changed-while-read", "exchanged while it was read", where=path)
            with os.scandir(fd) as entries:
                names = sorted(entry.name for entry in entries)
            return [(name, status) for name in names if (status := _state(name, fd)) is not None]
        finally:
            os.close(fd)
    except OSError as error:
        return _unlisted(error, path or root)


def _unlisted(error: OSError, path: str) -> Problem:
    if error.errno == errno.ENAMETOOLONG:
        return Problem("path-too-long", _TOO_LONG, where=path[:_SHOWN])
    message = f"the directory cannot be read: {error.strerror}"
    return Problem("unreadable-directory", message, where=path, advice=_ADVICE)


def _root_flags() -> int:
    return (_FLAGS & ~os.O_NOFOLLOW) | os.O_DIRECTORY


def _state(name: str, fd: int) -> os.stat_result | None:
    """Return the state of a directory's entry, or None if it is gone."""
    try:
        return os.stat(name, dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _entry(root: str, path: str, status: os.stat_result) -> TreeEntry:
    mode = status.st_mode
    bits = stat.S_IMODE(mode)
    if stat.S_ISREG(mode):
        return TreeEntry(
            path,
            "file",
            status.st_size,
            bits,
            open=partial(_open, root, path, status),
            owner=status.st_uid,
            group=status.st_gid,
            modified=int(status.st_mtime),
            inode=(status.st_dev, status.st_ino) if status.st_nlink > 1 else None,
            place=f"{root}/{path}",
        )
    if stat.S_ISLNK(mode):
        return TreeEntry(path, "symlink", mode=bits, link=_link(f"{root}/{path}"))
    kind = "directory" if stat.S_ISDIR(mode) else "other"
    return TreeEntry(path, kind, mode=bits, owner=status.st_uid, group=status.st_gid)


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - the text as written
    except OSError:
        return ""


def _open(root: str, path: str, expected: os.stat_result) -> BinaryIO:
    try:
        fd = os.open(f"{root}/{path}", _FLAGS)
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise InputError(message, where=path, advice=_ADVICE) from error
    stored = Stored(fd, path)
    if not _same(os.fstat(fd), expected):
        raise InputError("exchanged while it was read", where=path)
    return stored.reader()


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def _virtual_devices() -> frozenset[int]:
    """Return the devices of made-up file systems (proc(5), mountinfo)."""
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return frozenset()
    found: set[int] = set()
    virtual = _VIRTUAL.split()
    for line in lines:
        fields, _, tail = line.partition(b" - ")
        device, kind = fields.split(b" ")[2:3], tail.split(b" ")[0].decode("ascii", "replace")
        if device and kind in virtual:
            major, _, minor = device[0].partition(b":")
            found.add(os.makedev(int(major), int(minor)))
    return frozenset(found)
