"""Small facts about URLs, proxies, retries and network failures that the HTTP client needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

from dunnage.model.errors import InputError, UsageError

if TYPE_CHECKING:
    from urllib3.util import Url

LONGEST_WAIT = 30.0
"""Seconds we are willing to wait because a server says so."""

_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_HOST = re.compile(r"[^:?#]*(?::\d*)?|\[[^]]*\](?::\d*)?")
_LOOPBACK = re.compile(r"127(?:\.\d{1,3}){3}")


def parse(url: str) -> Url:
    """Split a URL the way the client that connects does, so that no two readings differ.

    Raises:
        InputError: If it is no absolute http or https URL.
    """
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise InputError("not a URL", where=public(url)) from error
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise InputError("not an http or https URL", where=public(url))
    return parts


def public(url: str) -> str:
    """Return a URL without user, password and query, which may be secrets.

    What is no URL because its password holds a slash or a question mark is cut as if it was one.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        scheme, rest = "", url
    host, slash, path = rest.partition("/")
    if "@" not in host and "@" in path and not _HOST.fullmatch(host):
        host, slash, path = rest.rpartition("@")[2].partition("/")
    bare = f"{host.rpartition('@')[2]}{slash}{path}".partition("?")[0].partition("#")[0]
    return f"{scheme}{mark}{bare}"[:500]


def is_loopback(host: str) -> bool:
    """Return True for names and addresses of this machine (RFC 6761 6.3, RFC 1122 3.2.1.3)."""
    name = host.strip("[]").lower().rstrip(".")
    return name in {"localhost", "::1"} or bool(_LOOPBACK.fullmatch(name))


def proxy_for(parts: Url) -> str:
    """Return the proxy the environment names for a URL, or an empty string.

    This machine itself is never reached through a proxy.

    Raises:
        UsageError: If the proxy is of a kind we do not speak.
    """
    from urllib.request import getproxies_environment, proxy_bypass

    host = parts.host or ""
    proxies = getproxies_environment()
    proxy = proxies.get(parts.scheme or "") or proxies.get("all") or ""
    target = f"{host}:{parts.port}" if parts.port else host
    if not proxy or is_loopback(host) or proxy_bypass(target):
        return ""
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.lower().startswith(("http://", "https://")):
        raise UsageError(
            "this kind of proxy is not supported",
            where=public(proxy),
            advice="name an http or https proxy in HTTPS_PROXY, or the host in NO_PROXY",
        )
    return proxy


def basic(auth: str) -> str:
    """Return the Authorization value for percent-encoded ``user:password`` (RFC 7617)."""
    from base64 import b64encode

    user, _, password = auth.partition(":")
    plain = f"{unquote(user)}:{unquote(password)}".encode()
    return "Basic " + b64encode(plain).decode("ascii")


def redirected(url: str, location: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return where a redirect leads, and the headers that may go there (RFC 9110 15.4).

    Credentials go only to the same scheme, host and port.

    Raises:
        InputError: If it leads anywhere but to http or https, or from https to plain http.
    """
    try:
        target = urljoin(url, location)
    except ValueError as error:
        raise InputError("the server redirects to what is no URL", where=public(url)) from error
    old, new = parse(url), parse(target)
    if old.scheme == "https" and new.scheme == "http":
        raise InputError("the server redirects from https to plain http", where=public(url))
    if _origin(old) != _origin(new):
        headers = {k: v for k, v in headers.items() if k.lower() not in _CREDENTIALS}
    return new._replace(auth=None).url, headers


def _origin(parts: Url) -> tuple[str, str, int]:
    scheme = parts.scheme or ""
    return scheme, (parts.host or "").lower(), parts.port or (443 if scheme == "https" else 80)


def wait_of(retry_after: str, otherwise: float) -> float:
    """Return the seconds a ``Retry-After`` header asks for (RFC 9110 10.2.3).

    Args:
        retry_after: The header, as seconds or as a date; empty if there was none.
        otherwise: Seconds to wait when the header says nothing we understand.
    """
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return otherwise


def failure(error: BaseException, url: str) -> InputError:
    """Return what a person should be told about a network failure."""
    from urllib3 import exceptions as u3

    where = public(url)
    cause = error.__cause__ or error.__context__
    if isinstance(error, u3.ProxyError):
        return InputError(
            f"the proxy does not answer: {_tail(error)}",
            where=where,
            advice="check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
        )
    if isinstance(error, u3.NameResolutionError):
        return InputError(
            "the host name cannot be resolved",
            where=where,
            advice="check the spelling and the network",
        )
    if isinstance(error, u3.NewConnectionError) and isinstance(cause, OSError) and cause.strerror:
        return InputError(
            f"no connection: {cause.strerror}",
            where=where,
            advice="check the host, port and network",
        )
    if isinstance(error, u3.TimeoutError):
        return InputError(
            "the server did not answer in time", where=where, advice="try again, or raise --timeout"
        )
    if isinstance(error, u3.SSLError):
        return InputError(
            f"no secure connection: {_tail(error)}",
            where=where,
            advice="if the server has a certificate of your own authority, name it with --ca-file or SSL_CERT_FILE",
        )
    return InputError(f"the connection broke: {_tail(error)}", where=where, advice="try again")


def _tail(error: BaseException) -> str:
    inner: BaseException = error
    for _ in range(5):
        nested = next((a for a in reversed(inner.args) if isinstance(a, BaseException)), None)
        if nested is None:
            break
        inner = nested
    text = " ".join(str(inner.args[-1] if inner.args else inner).split())
    return (text or type(inner).__name__)[:200]


def is_final(error: BaseException, parts: Url) -> bool:
    """Return True for failures that trying again does not mend.

    Args:
        error: What the client raised.
        parts: What was to be opened.
    """
    import socket

    from urllib3 import exceptions as u3

    if isinstance(error, u3.NameResolutionError):
        cause = error.__cause__ or error.__context__
        return not (isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN)
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ConnectionRefusedError) and is_loopback(parts.host or ""):
        return True
    return isinstance(error, u3.SSLError | u3.ReadTimeoutError | u3.LocationValueError)
