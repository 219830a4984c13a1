"""Connections that do not wait for ever for the head of an answer."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from urllib3 import HTTPResponse


class _Patience:
    """Cuts a connection after some time.

    The timeout of a socket counts from byte to byte, so a server that gives a byte now and then
    would never meet it.

    Args:
        connection: What is cut.
    """

    def __init__(self, connection: HTTPConnection) -> None:
        seconds = connection.timeout
        self._socket = connection.sock
        self._timer = (
            threading.Timer(2 * seconds, self._cut) if isinstance(seconds, int | float) else None
        )
        self.over = False

    def _cut(self) -> None:
        self.over = True
        with contextlib.suppress(OSError):
            # Below TLS: what reads from it at this moment sees the end of the connection.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self.over:
            raise TimeoutError("the head of the answer took too long")


class Plain(HTTPConnection):
    """A connection without TLS."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
        """Return the head of the answer, or raise TimeoutError after twice the read timeout."""
        with _Patience(self):
            return super().getresponse()


class _Secure(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
        """Return the head of the answer, or raise TimeoutError after twice the read timeout."""
        with _Patience(self):
            return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


POOLS = {"http": _PlainPool, "https": _SecurePool}
"""Pools by scheme, as urllib3's managers take them."""
