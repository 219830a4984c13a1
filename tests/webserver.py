"""A small web server inside the test, which answers as a function says and remembers requests."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer.

    Attributes:
        status: Status code.
        body: The body.
        headers: Further headers; ``Content-Length`` is the body's unless given.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Server:
    """A running server.

    Attributes:
        host: Address and port.
        asked: All requests so far.
    """

    host: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return the address without a final slash."""
        return f"http://{self.host}"

    def paths(self) -> list[str]:
        """Return the paths that were asked for."""
        return [asked.path for asked in self.asked]


@contextmanager
def serving(answer: Callable[[Asked], Answer]) -> Iterator[Server]:
    """Run a server on a free port of 127.0.0.1 for the length of a ``with`` statement."""
    server = Server("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            headers = {key.lower(): value for key, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers)
            server.asked.append(asked)
            given = answer(asked)
            self.send_response(given.status)
            sent = {"Content-Length": str(len(given.body)), **given.headers}
            for key, value in sent.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(given.body)
            if sent["Content-Length"] != str(len(given.body)):
                self.close_connection = True

        do_HEAD = do_GET  # noqa: N815 - the base class names it

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.host = f"127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
