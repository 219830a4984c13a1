"""Asks a Docker credential helper, a program the user's own Docker configuration names."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError
from dunnage.parsers.bounded_json import loads
from dunnage.sources._program import found, running

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.model.limits import Limits

SECONDS = 20.0
"""Time for one helper; some ask a cloud, none may ask a person."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_MOST = 64 * 1024
_NONE = re.compile(rb"credentials not found|no credentials", re.IGNORECASE)


class Secret(NamedTuple):
    """What a helper gave.

    Attributes:
        user: User name; ``<token>`` if the secret is an identity token.
        secret: Password or token; empty if the helper knows none for this registry.
    """

    user: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        """Return nothing that could get a secret into a log."""
        return "Secret()"


def ask(
    name: str,
    server: str,
    environ: Mapping[str, str],
    limits: Limits,
    *,
    seconds: float = SECONDS,
) -> Secret:
    """Run ``docker-credential-NAME get`` (docker-credential-helpers protocol).

    The name must come from the user's own configuration. The program is looked for in the
    absolute directories of PATH alone, runs without a shell and outside of every target, and ends
    with all its children when its time is over.

    Args:
        name: What follows ``docker-credential-``.
        server: The registry, as the configuration names it.
        environ: Environment variables; the program gets them all.
        limits: ``json_depth`` counts.
        seconds: Time it has.

    Raises:
        InputError: If there is no such program, or it fails, or does not answer as it should.
    """
    program = f"docker-credential-{name}"
    if not _NAME.fullmatch(name):
        raise InputError(f"{name[:40]!r} is no name of a credential helper")
    path = found(program, environ)
    if not path:
        raise InputError(f"{program} is not in PATH")
    code, answer = _run(path, server, environ, seconds)
    if code:
        # Helpers print their errors to standard output.
        if _NONE.search(answer):
            return Secret()
        told = " ".join(answer.decode("utf-8", "replace").split())
        told = "".join(c if c.isprintable() else "?" for c in told[:120])
        raise InputError(f"{program} failed: {told or f'exit code {code}'}")
    value = loads(answer, limits, where=program)
    user, secret = (
        (value.get("Username"), value.get("Secret")) if isinstance(value, dict) else (None, None)
    )
    if not isinstance(user, str) or not isinstance(secret, str):
        raise InputError(f"{program} gave no user and secret")
    return Secret(user, secret)


def _run(path: str, server: str, environ: Mapping[str, str], seconds: float) -> tuple[int, bytes]:
    """Return the exit code and what the program printed.

    Raises:
        InputError: If it cannot be started, prints too much, or does not end in time.
    """
    name = path.rpartition("/")[2]
    deadline = time.monotonic() + seconds
    words = (path, "get")
    with running(words, environ, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        return _talk(process, server, name, deadline)


def _talk(
    process: subprocess.Popen[bytes], server: str, name: str, deadline: float
) -> tuple[int, bytes]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    with contextlib.suppress(OSError):  # one that does not read its input may still answer
        process.stdin.write(server.encode("utf-8", "surrogateescape") + b"\n")
        process.stdin.close()
    found = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise InputError(f"{name} did not answer in time")
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                break
            found += chunk
            if len(found) > _MOST:
                raise InputError(f"{name} printed more than {_MOST} bytes")
    try:
        return process.wait(max(0.1, deadline - time.monotonic())), bytes(found)
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{name} did not end in time") from error
