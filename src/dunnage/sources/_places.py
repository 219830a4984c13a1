"""Reads a repository from its mirrors, and from the registry itself if they do not help."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from dunnage.io.http import Http
from dunnage.model.errors import InputError, TargetError
from dunnage.sources._endpoints import endpoints
from dunnage.sources._registry_client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.io.http import Response
    from dunnage.parsers.reference import Reference
    from dunnage.sources._source import Options

T = TypeVar("T")


class Places:
    """All places of one repository. Safe in several threads.

    Args:
        reference: The image.
        options: How to open it.

    Raises:
        UsageError: If the settings of registries cannot be understood.
    """

    def __init__(self, reference: Reference, options: Options) -> None:
        http = options.http or _client(options)
        found = endpoints(reference, options.registries)
        self._clients = tuple(Client(endpoint, options, http) for endpoint in found)
        self._failed: dict[int, str] = {}
        self._lock = threading.Lock()
        self._used = ""

    @property
    def note(self) -> str:
        """What to tell about mirrors, or empty: which was read, and which did not help."""
        used = [f"read from the mirror {self._used}"] if self._used else []
        return "; ".join((*used, *self._failures()))

    def _failures(self) -> list[str]:
        return [
            f"the mirror {self._clients[n].endpoint.reference.domain} did not help: {why}"
            for n, why in sorted(self._failed.items())
        ]

    def manifest(self, wanted: str, verified: Callable[[bytes, str], T]) -> T:
        """Return a manifest or index from the first place that has the right one.

        Args:
            wanted: Tag or digest.
            verified: Takes the content and the digest the registry says it has; raises
                InputError if that cannot be right. What it returns is returned.

        Raises:
            TargetError: If the registry itself does not give it.
            InputError: If the network or what it gives is broken.
        """

        def get(client: Client) -> T:
            found = verified(*client.manifest(wanted))
            self._used = client.endpoint.reference.domain if client.endpoint.mirror else ""
            return found

        return self._first(get)

    def blob(self, digest: str, start: int = 0) -> Response:
        """Return a blob from the first place that has it; else as ``Client.blob``."""
        return self._first(lambda client: client.blob(digest, start))

    def _first(self, get: Callable[[Client], T]) -> T:
        """Return what the first place gives; one that failed is not asked again."""
        for number, client in enumerate(self._clients[:-1]):
            if number in self._failed:
                continue
            try:
                return get(client)
            except (TargetError, InputError) as error:
                with self._lock:
                    self._failed.setdefault(number, error.message)
        try:
            return get(self._clients[-1])
        except (TargetError, InputError) as error:
            error.advice = "; ".join(text for text in (error.advice, *self._failures()) if text)
            raise


def _client(options: Options) -> Http:
    from dunnage.io._tls import usual_folders

    registries = options.registries
    certs = (*registries.certs, *usual_folders(options.environ))
    return Http(offline=options.offline, ca_file=registries.ca_file, certs=certs)
