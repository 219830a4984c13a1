"""Connections on which no single wait, and no single answer to one question, lasts for ever."""

from __future__ import annotations

import io
import math
import time
from http.client import HTTPResponse as Answer
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer


class Clock(io.RawIOBase):
    """What comes from a socket, until some moment.

    The timeout of a socket counts from byte to byte. A server that gives a byte now and then would
    never meet it while we wait for the end of a line: of the head, of the size of a chunk, or of
    what follows the last chunk.

    Args:
        raw: What reads from the socket.
        limit: Moment (``time.monotonic``) after which reading on is an error.

    Attributes:
        limit: As above; may be changed between two reads.
        over: True once the moment was over.
    """

    def __init__(self, raw: io.RawIOBase, limit: float) -> None:
        super().__init__()
        self._raw = raw
        self.limit = limit
        self.over = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the number of the socket."""
        return self._raw.fileno()

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Read what there is; TimeoutError if the moment is over."""
        if time.monotonic() > self.limit:
            self.over = True
            raise TimeoutError("the server took too long")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Close what it reads from."""
        self._raw.close()
        super().close()


class _Timed(Answer):
    """An answer whose head may take twice as long as the socket may say nothing."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - given on
        super().__init__(sock, *args, **kwargs)
        seconds = sock.gettimeout()
        limit = math.inf if seconds is None else time.monotonic() + 2 * seconds
        self.clock = Clock(self.fp.detach(), limit)
        self.fp = io.BufferedReader(self.clock)


class _Clocked:
    """Both kinds of connections: they keep the clock of the answer that is being read."""

    clock: Clock | None = None

    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> Answer:  # noqa: ANN401 - given on
        """Return the answer that comes from a socket; ``http.client`` calls this."""
        answer = _Timed(sock, *args, **kwargs)
        self.clock = answer.clock
        return answer


class Plain(_Clocked, HTTPConnection):  # type: ignore[misc]  # a class there, only called
    """A connection without TLS."""


class _Secure(_Clocked, HTTPSConnection):  # type: ignore[misc]  # as above
    pass


def clock_of(connection: object) -> Clock | None:
    """Return the clock of the answer that a connection is giving, or None if it has none."""
    return connection.clock if isinstance(connection, _Clocked) else None


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


POOLS = {"http": _PlainPool, "https": _SecurePool}
"""Pools by scheme, as urllib3's managers take them."""
