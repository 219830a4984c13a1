"""Works out where a repository can be read: mirrors first, then the registry itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dunnage.model.errors import InputError, UsageError
from dunnage.parsers.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.sources._source import Registries

_HUB = frozenset({"index.docker.io", "registry-1.docker.io"})


class Endpoint(NamedTuple):
    """One place of one repository.

    Attributes:
        reference: The image under the name it has there, which is what credentials are kept by.
        plain: Plain HTTP is spoken.
        mirror: It is not the registry the user named.
    """

    reference: Reference
    plain: bool
    mirror: bool

    @property
    def base(self) -> str:
        """Return the URL that ``/manifests/`` and ``/blobs/`` follow."""
        scheme = "http" if self.plain else "https"
        return f"{scheme}://{self.reference.host}/v2/{self.reference.path}"


def endpoints(reference: Reference, registries: Registries) -> tuple[Endpoint, ...]:
    """Return where an image can be read, in the order to try; the registry itself is the last.

    Args:
        reference: The image.
        registries: ``mirrors`` and ``plain_http`` count.

    Raises:
        UsageError: If a mirror cannot be understood.
    """
    found = [
        mirror
        for text in registries.mirrors
        if (mirror := _mirror(text, reference, registries.plain_http)) is not None
    ]
    plain = is_plain(reference.host, registries.plain_http)
    return (*found, Endpoint(reference, plain, mirror=False))


def _mirror(text: str, reference: Reference, plain_http: Iterable[str]) -> Endpoint | None:
    """Return the place a mirror keeps an image at, or None if it is a mirror of another registry.

    Raises:
        UsageError: If it is no ``REGISTRY=HOST[:PORT][/PREFIX]``.
    """
    domain, equals, place = (part.strip() for part in text.partition("="))
    scheme, mark, rest = place.partition("://")
    rest = (rest if mark else place).rstrip("/")
    first = rest.partition("/")[0]
    advice = "write it like docker.io=mirror.example:5000 or docker.io=mirror.example/hub"
    wrong = UsageError(f"not a registry mirror: {text[:120]!r}", advice=advice)
    if not equals or not domain or not rest or (mark and scheme not in {"http", "https"}):
        raise wrong
    try:
        there = Reference.parse(f"{rest}/{reference.path}")
    except InputError as error:
        raise wrong from error
    if there.domain != first or there.digest:  # a name without a dot is a repository
        raise wrong
    if (domain if domain not in _HUB else "docker.io").lower() != reference.domain.lower():
        return None
    there = replace(there, tag=reference.tag, digest=reference.digest)
    plain = scheme == "http" if mark else is_plain(first, plain_http)
    return Endpoint(there, plain, mirror=True)


def is_plain(host: str, plain_http: Iterable[str]) -> bool:
    """Return True if plain HTTP is spoken with a host: this machine, or one the user named.

    Args:
        host: Host, with its port if it has one.
        plain_http: What the user named, with or without port.
    """
    low = host.lower()
    return is_local(low) or any(_without_scheme(one) in {low, _name(low)} for one in plain_http)


def is_local(host: str) -> bool:
    """Return True if a registry host (with its port) is this machine."""
    from dunnage.io._network import is_loopback

    return is_loopback(_name(host).strip("[]"))


def _name(host: str) -> str:
    """Return a host without its port."""
    return f"{host.partition(']')[0]}]" if host.startswith("[") else host.partition(":")[0]


def _without_scheme(text: str) -> str:
    return text.strip().lower().removeprefix("http://").rstrip("/")
