"""A server that says whatever bytes a function sends, however slowly, and may cut the connection."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Talk = Callable[["Heard", socket.socket], None]


@dataclass(frozen=True, slots=True)
class Heard:
    """The head of one request; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Talker:
    """A running server: its address and port (or socket file), and all requests so far."""

    host: str
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def talking(talk: Talk, file: str = "") -> Iterator[Talker]:
    """Run a server; each connection carries one request.

    Args:
        talk: What it says.
        file: Socket file to listen on; empty for a free port of 127.0.0.1.
    """
    if file:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(file)
        listening.listen()
        talker = Talker(file)
    else:
        listening = socket.create_server(("127.0.0.1", 0))
        talker = Talker(f"127.0.0.1:{listening.getsockname()[1]}")
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            heard = _head(connection)
            if heard is not None:
                talker.heard.append(heard)
                talk(heard, connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(connection,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield talker
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()
        for thread in threads:
            thread.join()


def _head(connection: socket.socket) -> Heard | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return Heard(method, path, headers, body)


def head(status: str, length: int | None, **headers: str) -> bytes:
    """Return the head of an answer (``Content_Range`` stands for ``Content-Range``)."""
    known = {"Connection": "close", **headers}
    if length is not None:
        known["Content-Length"] = str(length)
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in known.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode()
