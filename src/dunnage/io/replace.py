"""Replaces the content of a file that somebody else may be working on, and of no other file."""

from __future__ import annotations

import contextlib
import os
import stat

from dunnage.model.errors import InputError


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Put new content in the place of old, all at once; mode and owner stay.

    A link is followed to a file below the directory it lies in, and stays a link.

    Args:
        path: The file.
        before: What it must still hold.
        after: What it is to hold.

    Raises:
        InputError: If the file has changed, leads elsewhere, or cannot be written.
    """
    target = os.path.realpath(path)
    folder = os.path.realpath(os.path.dirname(path) or ".")  # noqa: PTH120 - a text from the user
    if os.path.islink(path) and not target.startswith(folder.rstrip("/") + "/"):  # noqa: PTH114
        message = f"not changed: it is a link out of its directory, to {target}"
        raise InputError(message, where=path, advice="name the file itself")
    try:
        _replace(target, path, before, after)
    except OSError as error:
        message = f"not changed: {error.strerror or error}"
        raise InputError(message, where=path, advice="check that it may be written") from error


def _replace(target: str, path: str, before: bytes, after: bytes) -> None:
    handle = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        state = os.fstat(stream.fileno())
        same = stat.S_ISREG(state.st_mode) and stream.read(len(before) + 1) == before
    if not same:
        raise InputError(
            "not changed: the file has changed meanwhile", where=path, advice="run it again"
        )
    if not os.access(target, os.W_OK):
        raise InputError(
            "not changed: the file is write-protected", where=path, advice="make it writable first"
        )
    beside = f"{os.path.dirname(target)}/.{os.path.basename(target)}.{os.urandom(6).hex()}"  # noqa: PTH119, PTH120
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            if (state.st_uid, state.st_gid) != (os.geteuid(), os.getegid()):
                # Only root may give a file away; a group one belongs to can be kept.
                with contextlib.suppress(PermissionError):
                    os.fchown(stream.fileno(), state.st_uid, state.st_gid)
            os.fchmod(stream.fileno(), stat.S_IMODE(state.st_mode))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, target)  # noqa: PTH105 - as above
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)  # noqa: PTH108 - as above
        raise
