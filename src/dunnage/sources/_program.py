"""Runs a program of this machine and reads what it writes, with bounded time and output."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, TargetError
from dunnage.sources._near import cleaned

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

_CHUNK = 1024 * 1024
_TOLD = 4096


def found(program: str, environ: Mapping[str, str]) -> str:
    """Return the path of a program, or an empty string.

    Only absolute directories of PATH count, never the current one, which may be a target.
    """
    for folder in environ.get("PATH", "").split(os.pathsep):
        path = f"{folder}/{program}"
        if folder.startswith("/") and os.path.isfile(path) and os.access(path, os.X_OK):  # noqa: PTH113 - a PATH may hold what is no text
            return path
    return ""


def output(words: Sequence[str], environ: Mapping[str, str], seconds: float) -> Generator[bytes]:
    """Run a program without a shell and give what it writes to standard output.

    Close the generator if it is not read to its end: the program is ended then, with all its
    children.

    Args:
        words: Absolute path of the program, and its arguments.
        environ: Environment variables; the program gets them all.
        seconds: Time it has.

    Raises:
        TargetError: If it fails; the message is what it says itself.
        InputError: If it cannot be started, or its time is over.
    """
    deadline = time.monotonic() + seconds
    with running(words, environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        yield from _read(process, words[0].rpartition("/")[2], deadline)


@contextlib.contextmanager
def running(
    words: Sequence[str], environ: Mapping[str, str], *, stdin: int, stderr: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program without a shell, outside of every target; in the end it is ended.

    Args:
        words: Absolute path of the program, and its arguments.
        environ: Environment variables; the program gets them all.
        stdin: As ``subprocess.Popen`` takes it; standard output is a pipe.
        stderr: Likewise.

    Raises:
        InputError: If it cannot be started.
    """
    try:
        process = subprocess.Popen(
            words,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd="/",
            env=dict(environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be run"
        name = words[0].rpartition("/")[2]
        raise InputError(f"{name} cannot be started: {reason}") from error
    with process:
        try:
            yield process
        finally:
            # Its children may live on and hold the pipes: end the whole group it leads.
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)


def _read(process: subprocess.Popen[bytes], name: str, deadline: float) -> Generator[bytes]:
    if process.stdout is None or process.stderr is None:
        raise AssertionError("both are pipes")
    said = b""
    late = InputError(f"{name} did not end in time", advice="try again, or raise --timeout")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.register(process.stderr, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready or time.monotonic() > deadline:
                raise late
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    yield chunk
                else:
                    said = (said + chunk)[-_TOLD:]
    try:
        code = process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise late from error
    if code:
        told = cleaned(said.decode("utf-8", "replace"))
        raise TargetError(f"{name} failed: {told or f'exit code {code}'}")
