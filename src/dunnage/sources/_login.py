"""Answers a registry that wants to know who we are: basic, bearer and OAuth 2.0 tokens."""

from __future__ import annotations

import time
from base64 import b64encode
from functools import cached_property, partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from dunnage.model.errors import InputError, TargetError
from dunnage.parsers.bounded_json import loads
from dunnage.sources._credentials import Credentials, credentials_for
from dunnage.sources._endpoints import is_local, is_plain

if TYPE_CHECKING:
    from dunnage.io.http import Http, Response
    from dunnage.sources._challenge import Challenge
    from dunnage.sources._endpoints import Endpoint
    from dunnage.sources._source import Options

_TOKEN_BYTES = 1024 * 1024
_CLIENT = "dunnage"


class Login:
    """Who we are to one registry. Credentials are looked for when the registry first asks.

    Args:
        endpoint: The registry.
        options: ``limits``, ``docker_config``, ``registries`` and ``environ`` count.
        http: The client for the token server.
    """

    def __init__(self, endpoint: Endpoint, options: Options, http: Http) -> None:
        self._endpoint = endpoint
        self._options = options
        self._http = http
        self._until = time.monotonic() + options.limits.timeout

    @cached_property
    def credentials(self) -> Credentials:
        """The credentials for the registry; asking a helper program may take some seconds.

        Those of the environment are for the registry the user named, not for its mirrors.

        Raises:
            InputError: If the file of credentials was named and cannot be read.
        """
        from dunnage.sources._helper import ask

        options = self._options
        environ = options.environ
        known = environ
        if self._endpoint.mirror:
            known = {k: v for k, v in environ.items() if not k.startswith("DUNNAGE_REGISTRY_")}
        return credentials_for(
            self._endpoint.reference,
            known,
            options.docker_config,
            options.limits,
            partial(ask, environ=environ, limits=options.limits),
        )

    def answer(self, wanted: tuple[Challenge, ...]) -> str:
        """Return the Authorization header that meets a challenge.

        Raises:
            TargetError: If we cannot meet any of them, or are refused.
            InputError: If the network or the token server fails.
        """
        bearer = next((c for c in wanted if c.scheme == "bearer" and c.realm), None)
        if bearer is not None:
            return f"Bearer {self.credentials.bearer or self._token(bearer)}"
        if any(c.scheme == "basic" for c in wanted) and self.credentials.user:
            return self._basic()
        raise self.denied()

    def _basic(self) -> str:
        plain = f"{self.credentials.user}:{self.credentials.password}"
        return "Basic " + b64encode(plain.encode("utf-8", "surrogateescape")).decode("ascii")

    def _token(self, challenge: Challenge) -> str:
        """Fetch a bearer token (distribution token and OAuth 2.0 specifications)."""
        realm = challenge.realm
        self._check_realm(realm)
        scope = challenge.scope or f"repository:{self._endpoint.reference.path}:pull"
        with self._ask(realm, challenge.service, scope) as response:
            status = response.status
            response.until = self._until
            if status in {400, 401, 403}:
                raise self.denied()
            if status != 200:
                again = "try again later" if status == 429 or status >= 500 else ""
                message = f"the token server answered with status {status}"
                raise TargetError(message, where=realm[:200], advice=again)
            data = response.all(_TOKEN_BYTES)
        value = loads(data, self._options.limits, where="token server")
        token = (value.get("token") or value.get("access_token")) if isinstance(value, dict) else ""
        # What is no printable ASCII could not be sent as a header.
        if (
            not isinstance(token, str)
            or not token
            or not token.isascii()
            or not token.isprintable()
        ):
            raise InputError("the token server gave no token", where=realm[:200])
        return token

    def _ask(self, realm: str, service: str, scope: str) -> Response:
        query = {"service": service, "scope": scope} if service else {"scope": scope}
        found = self.credentials
        if found.identity:
            # OAuth 2.0 (RFC 6749 section 6) as the distribution specification profiles it.
            form = {**query, "grant_type": "refresh_token", "client_id": _CLIENT}
            body = urlencode({**form, "refresh_token": found.identity}).encode()
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return self._http.open(realm, kind, "POST", body)
        joint = "&" if "?" in realm else "?"
        headers = {"Authorization": self._basic()} if found.user else {}
        return self._http.open(f"{realm}{joint}{urlencode(query)}", headers)

    def _check_realm(self, realm: str) -> None:
        """Make sure that a token server may be told who we are.

        Raises:
            TargetError: If it is spoken to in the clear and neither here nor named by the user,
                or if a registry elsewhere leads us to this machine.
        """
        try:
            parts = urlsplit(realm)
            host = parts.netloc.rpartition("@")[2]
            scheme = parts.scheme.lower()
        except ValueError:
            host = scheme = ""
        plain = self._options.registries.plain_http
        same = self._endpoint.plain and host.lower() == self._endpoint.reference.host.lower()
        clear = scheme == "http" and (same or is_plain(host, plain))
        if not host or "@" in parts.netloc or not (scheme == "https" or clear):
            raise TargetError(
                "the registry sends us to a token server that is not secure",
                where=realm[:200],
                advice="no credentials were sent",
            )
        if is_local(host) and not is_local(self._endpoint.reference.host):
            raise TargetError(
                "the registry sends us to a token server on this machine",
                where=realm[:200],
                advice="no credentials were sent",
            )

    def denied(self) -> TargetError:
        """Return what to tell when the registry does not let us in."""
        found = self.credentials
        if found:
            message = f"the registry refuses the credentials from {found.origin}"
            advice = "check them, and that the image exists: log in again with docker login"
        else:
            message = "the registry wants a login, or has no such image"
            advice = "log in with docker login, or set DUNNAGE_REGISTRY_USERNAME and _PASSWORD"
        if found.hint:
            advice = f"{advice} ({found.hint})"
        return TargetError(message, where=str(self._endpoint.reference), advice=advice)
