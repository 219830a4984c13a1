"""Asks a server on this machine over its socket file: HTTP without a network."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from dunnage.io import _network
from dunnage.io._connection import Plain
from dunnage.io.http import Response

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_CONNECT = 10.0


def probe(path: str) -> None:
    """Make sure that somebody listens on a socket file.

    Args:
        path: The file; links are followed.

    Raises:
        OSError: If there is none, nobody listens, or we may not connect.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_CONNECT)
        connection.connect(path)


def get(path: str, target: str, seconds: float) -> Response:
    """Send one GET request; any status is returned, none is raised, no redirect is followed.

    Args:
        path: The socket file.
        target: Path and query of the request, encoded.
        seconds: How long the server may say nothing; the head of its answer may take twice that.

    Raises:
        InputError: If the server does not answer.
    """
    where = f"unix://{path}"
    pool = _Pool(path, seconds)
    try:
        raw: BaseHTTPResponse = pool.request(
            "GET",
            target,
            headers={"Host": "localhost", "User-Agent": "dunnage", "Connection": "close"},
            redirect=False,
            retries=False,
            preload_content=False,
        )
    except (HTTPError, OSError) as error:
        raise _network.failure(error, where) from error
    return Response(raw, where, 2 * seconds)


class _Connection(Plain):
    path = ""

    def connect(self) -> None:
        """Connect to the socket file instead of a host and port."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_CONNECT)
        self.sock.connect(self.path)
        self.sock.settimeout(self.timeout)


class _Pool(HTTPConnectionPool):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self.ConnectionCls = type("_Here", (_Connection,), {"path": path})
