"""A proxy inside the test, which knows every host name and leads all of them to one server."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from talker import Heard, Talker, head, talking

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def connecting(target: str, login: str = "") -> AbstractContextManager[Talker]:
    """Run a proxy for ``CONNECT`` (RFC 9110 9.3.6).

    Args:
        target: Address and port all tunnels lead to.
        login: ``Proxy-Authorization`` it wants, or empty.
    """

    def talk(heard: Heard, connection: socket.socket) -> None:
        if login and heard.headers.get("proxy-authorization") != login:
            connection.sendall(head("407 Proxy Authentication Required", 0))
            return
        if heard.method != "CONNECT":
            connection.sendall(head("405 Method Not Allowed", 0))
            return
        address, _, port = target.partition(":")
        with socket.create_connection((address, int(port)), 5) as there:
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_copy, args=(there, connection))
            back.start()
            _copy(connection, there)
            back.join()

    return talking(talk)


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy bytes until one side ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
