"""The HTTP client: bounded redirects and retries, proxies, and failures that can be told."""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from dunnage.io import _network
from dunnage.io._tls import Trust, context, trust_for
from dunnage.io.stream import Stream
from dunnage.model.errors import InputError, LimitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import BaseHTTPResponse, PoolManager
    from urllib3.util import Url

REDIRECTS = 10
RETRIES = 3
_NONE: Mapping[str, str] = MappingProxyType({})
_AGAIN = frozenset({429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
_CONNECT = 15.0
_CHUNK = 1024 * 1024
_SLOWEST = 1024.0


class BrokenError(InputError):
    """A body was cut off; what is missing may be had by asking again."""

    @classmethod
    def of(cls, error: InputError) -> BrokenError:
        """Return the same message as an error of this kind."""
        return cls(error.message, where=error.where, advice=error.advice)


class Response(Stream):
    """An answer whose body is read as a stream, exactly as it came over the wire.

    Close it, or use it in a ``with`` statement.

    Attributes:
        status: Status code; a redirect was followed already.
        url: Address that answered, after redirects.
        headers: By lower-case name; repeated headers are joined by a comma.
        until: Moment (``time.monotonic``) after which reading on is an error; never by itself.
    """

    def __init__(self, raw: BaseHTTPResponse, url: str, grace: float) -> None:
        from dunnage.io._connection import clock_of

        super().__init__()
        self._raw = raw
        self._grace = grace
        self._waited = 0.0
        self._count = 0
        self._clock = clock_of(raw.connection)
        self.until = math.inf
        self.status: int = raw.status
        self.url = url
        self.headers: Mapping[str, str] = {k.lower(): v for k, v in raw.headers.items()}

    @property
    def length(self) -> int:
        """Return the size of the body in bytes as the server declares it, or -1."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1

    def read1(self, size: int = -1, /) -> bytes:
        """Return what there is, at most ``size`` bytes; nothing only at the end.

        Raises:
            BrokenError: If the connection breaks, stalls, or ends before the declared length.
            InputError: If ``until`` is over, this one call took longer than twice the timeout, or
                all waiting for this body together longer than that and a second for each kilobyte.
        """
        from urllib3.exceptions import HTTPError

        amount = _CHUNK if size < 0 else min(size, _CHUNK)
        started = time.monotonic()
        if self._clock is not None:
            self._clock.limit = min(started + self._grace, self.until)
        try:
            chunk: bytes = self._raw.read1(amount, decode_content=False) or b""
        except (HTTPError, OSError, ValueError) as error:
            if self._clock is not None and self._clock.over:
                raise self._late() from error
            raise BrokenError.of(_network.failure(error, self.url)) from error
        now = time.monotonic()
        self._waited += now - started
        self._count += len(chunk)
        slow = self._waited > self._grace + self._count / _SLOWEST
        if chunk and (slow or now > self.until):
            raise self._late()
        return chunk

    def _late(self) -> InputError:
        where = _network.public(self.url)
        if time.monotonic() <= self.until:
            return InputError("the server sends too slowly", where=where, advice="try again")
        advice = "try again, or raise --timeout"
        return InputError("the server took all the time there is", where=where, advice=advice)

    def all(self, limit: int) -> bytes:
        """Return the whole body.

        Raises:
            LimitError: If it is larger than ``limit`` bytes.
            InputError: As in ``read1``.
        """
        found = bytearray()
        # Only the read after the last byte notices that bytes are missing.
        while chunk := self.read(limit + 1 - len(found)):
            found += chunk
            if len(found) > limit:
                where = _network.public(self.url)
                raise LimitError(f"the answer is larger than {limit} bytes", where=where)
        return bytes(found)

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else drop it."""
        if not self.closed:
            self._raw.close()
            super().close()


class Http:
    """Opens URLs. One client may be used from several threads.

    Args:
        timeout: Seconds to wait for a server that says nothing; also bounds the retries.
        offline: Refuse everything before any socket exists.
        ca_file: PEM file of certificate authorities besides the system's, or empty.
        certs: ``certs.d`` directories with authorities and client certificates by host.

    Raises:
        UsageError: If ``ca_file`` is no file.
    """

    def __init__(
        self,
        *,
        timeout: float = 60.0,
        offline: bool = False,
        ca_file: str = "",
        certs: tuple[str, ...] = (),
    ) -> None:
        if ca_file and not Path(ca_file).is_file():
            raise UsageError("there is no such file of certificate authorities", where=ca_file)
        self.timeout = timeout
        self.offline = offline
        self._ca_file = ca_file
        self._certs = certs
        self._pools: dict[tuple[str, str, Trust], PoolManager] = {}
        self._trusts: dict[tuple[str, int], Trust] = {}
        self._lock = threading.Lock()
        self._pause = 0.25

    def open(
        self,
        url: str,
        headers: Mapping[str, str] = _NONE,
        method: str = "GET",
        body: bytes | None = None,
    ) -> Response:
        """Open a URL; any status is returned, none is raised.

        Redirects are followed, except of what carries a body; credentials never go to another
        scheme, host or port. Connect errors and the statuses 429, 500, 502, 503 and 504 are tried
        again up to three times, as ``Retry-After`` asks, as long as that is no more than half a
        minute. No redirect is followed and nothing is tried again once the timeout is over.

        Args:
            url: An http or https URL; ``user:password@`` in it becomes basic authentication.
            headers: Further request headers.
            method: ``GET`` or ``HEAD``; ``POST`` with a body.
            body: What is sent.

        Raises:
            InputError: If offline, if the URL is none, or if the network fails.
        """
        if self.offline:
            raise InputError(
                "not fetched, because nothing may be fetched offline",
                where=_network.public(url),
                advice="run it again without --offline",
            )
        parts = _network.parse(url)
        send = {"User-Agent": "dunnage", **headers}
        if parts.auth and "authorization" not in {key.lower() for key in send}:
            send["Authorization"] = _network.basic(parts.auth)
        where = parts._replace(auth=None, fragment=None).url
        deadline = time.monotonic() + self.timeout
        for _ in range(REDIRECTS + 1):
            raw = self._patiently(where, send, method, body, deadline)
            location = raw.headers.get("location", "")
            if raw.status not in _MOVED or not location or body is not None:
                return Response(raw, where, 2 * self.timeout)
            raw.close()
            if time.monotonic() > deadline:
                raise InputError("the redirects take too long", where=_network.public(url))
            where, send = _network.redirected(where, location, send)
        raise InputError(f"more than {REDIRECTS} redirects", where=_network.public(url))

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()
            self._pools.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _patiently(
        self, url: str, headers: dict[str, str], method: str, body: bytes | None, deadline: float
    ) -> BaseHTTPResponse:
        """Send one request, and again after failures that may pass."""
        from urllib3.exceptions import HTTPError

        parts = _network.parse(url)
        pool = self._pool(parts)
        for attempt in range(RETRIES + 1):
            pause = self._pause * 2.0**attempt
            left = deadline - time.monotonic()
            last = attempt == RETRIES or pause > left
            try:
                raw = pool.request(
                    method,
                    url,
                    body=body,
                    headers=headers,
                    redirect=False,
                    retries=False,
                    preload_content=False,
                )
            except (HTTPError, OSError) as error:
                if last or _network.is_final(error, parts):
                    raise _network.failure(error, url) from error
            else:
                pause = _network.wait_of(raw.headers.get("retry-after", ""), pause)
                if raw.status not in _AGAIN or last or pause > min(left, _network.LONGEST_WAIT):
                    return raw
                raw.close()
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _pool(self, parts: Url) -> PoolManager:
        proxy = _network.proxy_for(parts)
        with self._lock:
            trust = self._trust(parts)
            key = (parts.scheme or "", proxy, trust)
            if key not in self._pools:
                self._pools[key] = self._make_pool(proxy, parts, trust)
            return self._pools[key]

    def _trust(self, parts: Url) -> Trust:
        """Return what counts for a host; certificates of one are never shown to another."""
        if parts.scheme != "https":
            return Trust()
        key = (parts.host or "").strip("[]").lower(), parts.port or 443
        if key not in self._trusts:
            self._trusts[key] = trust_for(*key, self._certs, self._ca_file)
        return self._trusts[key]

    def _make_pool(self, proxy: str, target: Url, trust: Trust) -> PoolManager:
        import urllib3

        from dunnage.io._connection import POOLS

        timeout = urllib3.Timeout(connect=min(self.timeout, _CONNECT), read=self.timeout)
        made = context(trust) if target.scheme == "https" else None
        if not proxy:
            pool = urllib3.PoolManager(maxsize=8, timeout=timeout, ssl_context=made)
        else:
            parts = _network.parse(proxy)
            login = {"Proxy-Authorization": _network.basic(parts.auth)} if parts.auth else {}
            own = Trust((self._ca_file,) if self._ca_file else ())
            pool = urllib3.ProxyManager(
                parts._replace(auth=None).url,
                proxy_headers=login,
                maxsize=8,
                timeout=timeout,
                ssl_context=made,
                proxy_ssl_context=context(own) if parts.scheme == "https" else None,
            )
        pool.pool_classes_by_scheme = POOLS
        return pool
