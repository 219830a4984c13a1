"""Speaks the registry protocol with one registry: manifests and blobs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dunnage.model.errors import TargetError
from dunnage.parsers.oci import INDEX_TYPES, MANIFEST_TYPES
from dunnage.sources._challenge import challenges
from dunnage.sources._login import Login

if TYPE_CHECKING:
    from dunnage.io.http import Http, Response
    from dunnage.sources._endpoints import Endpoint
    from dunnage.sources._source import Options

_ACCEPT = ", ".join((*MANIFEST_TYPES, *INDEX_TYPES))


class Client:
    """One repository of one registry (OCI distribution-spec 1.1). Safe in several threads.

    Args:
        endpoint: Where it is.
        options: ``limits``, ``docker_config``, ``registries`` and ``environ`` count.
        http: The client.
    """

    def __init__(self, endpoint: Endpoint, options: Options, http: Http) -> None:
        self.endpoint = endpoint
        self._limits = options.limits
        self._http = http
        self._login = Login(endpoint, options, http)
        self._authorization = ""
        self._lock = threading.Lock()
        self._until = time.monotonic() + options.limits.timeout

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """Return a manifest or index and the ``Docker-Content-Digest`` it came with, or empty.

        Args:
            wanted: Tag or digest.

        Raises:
            TargetError: If the registry does not give it.
            LimitError: If it is larger than ``manifest_bytes``.
            InputError: If the network fails.
        """
        url = f"{self.endpoint.base}/manifests/{wanted}"
        with self._get(url, {"Accept": _ACCEPT}) as response:
            if response.status != 200:
                raise self._refused(response, "image")
            data = response.all(self._limits.manifest_bytes)
            return data, response.headers.get("docker-content-digest", "")

    def blob(self, digest: str, start: int = 0) -> Response:
        """Return a blob as a stream, straight from the network.

        Args:
            digest: Its digest.
            start: Bytes that are there already. The answer has status 206 if the registry left
                them out, else 200 and begins at the beginning (RFC 9110 14.2).

        Raises:
            TargetError: If the registry does not give it.
            InputError: If the network fails.
        """
        headers = {"Accept": "*/*"}
        if start:
            headers["Range"] = f"bytes={start}-"
        response = self._get(f"{self.endpoint.base}/blobs/{digest}", headers)
        if response.status == 200 or (start and response.status == 206):
            return response
        with response:
            raise self._refused(response, "blob")

    def _get(self, url: str, headers: dict[str, str]) -> Response:
        """Ask once, and once more with (fresh) credentials if the registry wants some."""
        sent = self._authorization
        response = self._ask(url, headers, sent)
        if response.status != 401 or not self._is_own(response.url):
            return response
        with response:
            wanted = challenges(response.headers.get("www-authenticate", ""))
        with self._lock:
            if self._authorization == sent:
                self._authorization = self._login.answer(wanted)
        return self._ask(url, headers, self._authorization)

    def _ask(self, url: str, headers: dict[str, str], authorization: str) -> Response:
        if authorization:
            headers = {**headers, "Authorization": authorization}
        response = self._http.open(url, headers)
        response.until = self._until
        return response

    def _is_own(self, url: str) -> bool:
        """Return True if the registry itself answered, not a store it redirected us to."""
        one, other = urlsplit(url), urlsplit(self.endpoint.base)
        return (one.scheme, one.netloc.lower()) == (other.scheme, other.netloc.lower())

    def _refused(self, response: Response, what: str) -> TargetError:
        """Return what a person should be told about a status that is no success."""
        where, status = str(self.endpoint.reference), response.status
        if status in {401, 403}:
            return self._login.denied()
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
