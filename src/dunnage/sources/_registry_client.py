"""Speaks the registry protocol: manifests, blobs, and the two ways to log in."""

from __future__ import annotations

import threading
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from dunnage.io.http import Http
from dunnage.model.errors import InputError, TargetError
from dunnage.parsers.bounded_json import loads
from dunnage.parsers.oci import INDEX_TYPES, MANIFEST_TYPES
from dunnage.sources._challenge import challenges
from dunnage.sources._credentials import credentials_for

if TYPE_CHECKING:
    from dunnage.io.http import Response
    from dunnage.parsers.reference import Reference
    from dunnage.sources._challenge import Challenge
    from dunnage.sources._source import Options

_ACCEPT = ", ".join((*MANIFEST_TYPES, *INDEX_TYPES))
_TOKEN_BYTES = 1024 * 1024


class Client:
    """One repository of one registry (OCI distribution-spec 1.1). Safe in several threads.

    Args:
        reference: The image.
        options: ``http``, ``limits``, ``docker_config``, ``plain_http`` and ``environ`` count.
    """

    def __init__(self, reference: Reference, options: Options) -> None:
        self._reference = reference
        self._options = options
        self._http = options.http or Http(offline=options.offline)
        host = reference.host
        self._plain = options.plain_http or is_local(host)
        self._base = f"{'http' if self._plain else 'https'}://{host}/v2/{reference.path}"
        self._credentials = credentials_for(
            reference, options.environ, options.docker_config, options.limits
        )
        self._authorization = ""
        self._lock = threading.Lock()

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """Return a manifest or index and the ``Docker-Content-Digest`` it came with, or empty.

        Args:
            wanted: Tag or digest.

        Raises:
            TargetError: If the registry does not give it.
            LimitError: If it is larger than ``manifest_bytes``.
            InputError: If the network fails.
        """
        with self._get(f"{self._base}/manifests/{wanted}", _ACCEPT) as response:
            if response.status != 200:
                raise self._refused(response, "image")
            data = response.all(self._options.limits.manifest_bytes)
            return data, response.headers.get("docker-content-digest", "")

    def blob(self, digest: str) -> Response:
        """Return a blob as a stream, straight from the network.

        Raises:
            InputError: If the registry does not give it, or the network fails.
        """
        try:
            response = self._get(f"{self._base}/blobs/{digest}", "*/*")
            if response.status == 200:
                return response
            with response:
                raise self._refused(response, "blob")
        except TargetError as error:
            raise InputError(error.message, where=digest, advice=error.advice) from error

    def _get(self, url: str, accept: str) -> Response:
        """Ask once, and once more with (fresh) credentials if the registry wants some."""
        sent = self._authorization
        response = self._ask(url, accept, sent)
        if response.status != 401 or not self._is_own(response.url):
            return response
        with response:
            wanted = challenges(response.headers.get("www-authenticate", ""))
        with self._lock:
            if self._authorization == sent:
                self._authorization = self._answer(wanted)
        return self._ask(url, accept, self._authorization)

    def _ask(self, url: str, accept: str, authorization: str) -> Response:
        headers = {"Accept": accept}
        if authorization:
            headers["Authorization"] = authorization
        return self._http.open(url, headers)

    def _is_own(self, url: str) -> bool:
        """Return True if the registry itself answered, not a store it redirected us to."""
        one, other = urlsplit(url), urlsplit(self._base)
        return (one.scheme, one.netloc.lower()) == (other.scheme, other.netloc.lower())

    def _answer(self, wanted: tuple[Challenge, ...]) -> str:
        """Return the Authorization header that meets a challenge.

        Raises:
            TargetError: If we cannot meet any of them.
        """
        bearer = next((c for c in wanted if c.scheme == "bearer" and c.realm), None)
        if bearer is not None:
            return f"Bearer {self._token(bearer)}"
        if any(c.scheme == "basic" for c in wanted) and self._credentials.user:
            return self._basic()
        raise self._denied()

    def _basic(self) -> str:
        plain = f"{self._credentials.user}:{self._credentials.password}"
        return "Basic " + b64encode(plain.encode("utf-8", "surrogateescape")).decode("ascii")

    def _token(self, challenge: Challenge) -> str:
        """Fetch a bearer token (distribution token specification)."""
        if not challenge.realm.startswith(("https://", "http://") if self._plain else "https://"):
            raise TargetError(
                "the registry sends us to a token server that is not secure",
                where=challenge.realm[:200],
            )
        scope = challenge.scope or f"repository:{self._reference.path}:pull"
        query = {"service": challenge.service} if challenge.service else {}
        joint = "&" if "?" in challenge.realm else "?"
        url = f"{challenge.realm}{joint}{urlencode({**query, 'scope': scope})}"
        headers = {"Authorization": self._basic()} if self._credentials.user else {}
        with self._http.open(url, headers) as response:
            if response.status in {401, 403}:
                raise self._denied()
            if response.status != 200:
                raise self._refused(response, "token")
            value = loads(response.all(_TOKEN_BYTES), self._options.limits, where="token server")
        token = (value.get("token") or value.get("access_token")) if isinstance(value, dict) else ""
        if (
            not isinstance(token, str)
            or not token
            or not token.isascii()
            or not token.isprintable()
        ):
            raise InputError("the token server gave no token", where=challenge.realm[:200])
        return token

    def _refused(self, response: Response, what: str) -> TargetError:
        """Return what a person should be told about a status that is no success."""
        where, status = str(self._reference), response.status
        if status in {401, 403}:
            return self._denied()
        if status == 404:
            return TargetError(
                f"the registry has no such {what}",
                where=where,
                advice="check name and tag; a file or directory is named by its path, as in ./app.tar",
            )
        if status == 429:
            return TargetError(
                "the registry wants us to ask less often (429)",
                where=where,
                advice="try again later, or log in, which raises the limit",
            )
        if status >= 500:
            return TargetError(
                f"the registry failed ({status})", where=where, advice="try again later"
            )
        return TargetError(f"the registry answered with status {status}", where=where)

    def _denied(self) -> TargetError:
        found = self._credentials
        if found.user:
            message = f"the registry refuses the credentials from {found.origin}"
            advice = "check them, and that the image exists: log in again with docker login"
        else:
            message = "the registry wants a login, or has no such image"
            advice = "log in with docker login, or set DUNNAGE_REGISTRY_USERNAME and _PASSWORD"
        if found.hint:
            advice = f"{advice} ({found.hint})"
        return TargetError(message, where=str(self._reference), advice=advice)


def is_local(host: str) -> bool:
    """Return True if a registry host (with its port) is this machine."""
    from dunnage.io._network import is_loopback

    name = host.partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return is_loopback(name)
