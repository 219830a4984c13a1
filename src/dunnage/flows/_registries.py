"""Lets advisory data come from registries, which another room knows how to read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from dunnage.advisories._carrier import Named, OpenRegistry
    from dunnage.sources._places import Places
    from dunnage.sources._source import Options


class _Repository:
    """A repository as the advisory room wants it."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """Return a manifest by tag or digest, and the digest the registry told, or empty."""
        return self._places.manifest(wanted, lambda data, said: (data, said))

    def blob(self, digest: str, size: int) -> BinaryIO:
        """Return a blob as a stream; nothing is verified yet."""
        from dunnage.sources._blob import Blob

        return cast("BinaryIO", Blob(partial(self._places.blob, digest), size, digest))


def registries(options: Options) -> OpenRegistry:
    """Return what opens the name of a published store in a registry.

    Args:
        options: How registries are reached, as for images.
    """

    def open_registry(text: str) -> Named:
        from dunnage.advisories._carrier import Named
        from dunnage.parsers.reference import Reference
        from dunnage.sources._places import Places

        reference = Reference.parse(text)
        repository = _Repository(Places(reference, options))
        return Named(repository, reference.wanted, reference.digest)

    return open_registry
