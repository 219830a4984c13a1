"""Asks a container engine for what it knows, in the API that Docker and Podman share."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlencode

from dunnage.model.errors import DunnageError, InputError, TargetError
from dunnage.parsers.bounded_json import loads
from dunnage.sources._choose import listed
from dunnage.sources._near import cleaned, near

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dunnage.io.http import Response
    from dunnage.model.limits import Limits

_FULL_ID = re.compile(r"sha256:[0-9a-f]{64}")
_TOLD = 64 * 1024
_ASKING = 60.0


class Known(NamedTuple):
    """What an engine says of an image.

    Attributes:
        id: Its id, which in some engines is the digest of its configuration.
        names: Its names.
        digests: Its names with the digests of registries.
    """

    id: str
    names: tuple[str, ...]
    digests: tuple[str, ...]

    def note(self, socket: str) -> str:
        """Return one sentence that says what was read."""
        known = f", known as {listed(self.digests[:3])}" if self.digests else ""
        return f"image {self.id} of the engine at {socket}{known}"


class Api:
    """Talks with one engine.

    Args:
        engine: What it is called.
        socket: Its socket file.
        limits: ``timeout``, ``manifest_bytes`` and ``json_depth`` count.
    """

    def __init__(self, engine: str, socket: str, limits: Limits) -> None:
        self.socket = socket
        self._limits = limits
        self._engine = engine
        self._until = time.monotonic() + limits.timeout

    def answer(self, path: str, seconds: float, query: Mapping[str, str] | None = None) -> Response:
        """Ask for a path of the API, which may be any text.

        Args:
            path: What to ask for.
            seconds: How long the engine may say nothing.
            query: Names and values that follow.

        Raises:
            InputError: If the engine does not answer.
        """
        from dunnage.io.local_socket import get

        target = quote(path, safe="/:@") + (f"?{urlencode(query)}" if query else "")
        response = get(self.socket, target, min(seconds, self._limits.timeout / 2))
        response.until = self._until
        return response

    def known(self, names: Sequence[str]) -> Known:
        """Return what the engine says of the first of some names that it knows.

        Raises:
            TargetError: If it knows none; the advice lists the nearest names.
            InputError: If it fails.
        """
        where = f"{self._engine}:{names[0]}"
        for name in names:
            with self.answer(f"/images/{name}/json", _ASKING) as response:
                if response.status == 404:
                    continue
                if response.status != 200:
                    raise self.refused(response, where)
                data = response.all(self._limits.manifest_bytes)
            found = loads(data, self._limits, largest=self._limits.manifest_bytes, where=where)
            value = found if isinstance(found, dict) else {}
            image = value.get("Id")
            image = image if isinstance(image, str) else ""
            image = image if ":" in image else f"sha256:{image}"  # as older Podman writes it
            if not _FULL_ID.fullmatch(image):
                raise InputError("the engine gives no image id", where=where)
            return Known(image, _texts(value.get("RepoTags")), _texts(value.get("RepoDigests")))
        raise TargetError(
            f"the engine at {self.socket} has no such image", where=where, advice=self._near(names)
        )

    def _near(self, names: Sequence[str]) -> str:
        """Return what to do about a name that is not known."""
        try:
            with self.answer("/images/json", _ASKING) as response:
                data = response.all(self._limits.manifest_bytes)
            found = loads(data, self._limits, largest=self._limits.manifest_bytes)
        except DunnageError:
            found = []
        images = found if isinstance(found, list) else []
        tags = [t for i in images if isinstance(i, dict) for t in _texts(i.get("RepoTags"))]
        return near(
            names[0], tags, otherwise=f"registry:{names[0]} would be read from its registry"
        )

    def refused(self, response: Response, where: str) -> TargetError:
        """Return what a person should be told about a status that is no success."""
        try:
            data = response.read(_TOLD)
            value = loads(data, self._limits)
        except DunnageError:
            value = None
        message = value.get("message") if isinstance(value, dict) else None
        told = f": {cleaned(message)}" if isinstance(message, str) and message.strip() else ""
        return TargetError(
            f"{self._engine} answered with status {response.status}{told}",
            where=where,
            advice=f"try it without the socket: {self._engine} save IMAGE | dunnage scan -",
        )


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(cleaned(item) for item in items[:1000] if isinstance(item, str))
