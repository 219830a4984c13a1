"""Names of images in registries, as ``docker.io/library/alpine:3.19@sha256:...``."""

from __future__ import annotations

import re

from msgspec import Struct

from dunnage.model.errors import InputError

DEFAULT_DOMAIN = "docker.io"
_LONGEST = 255
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]{{2,45}}\])(?::[0-9]{{1,5}})?")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_HEX = re.compile(r"[0-9a-f]{64}")


class Reference(Struct, frozen=True):
    """The full name of an image.

    Attributes:
        domain: Registry as users write it, with its port; ``docker.io`` for Docker Hub.
        path: Repository inside the registry; ``library/`` is filled in for Docker Hub.
        tag: Tag, or empty if only a digest was given.
        digest: Manifest digest, or empty.
    """

    domain: str
    path: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        """Return the full form, which parses to the same reference."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.domain}/{self.path}{tag}{digest}"

    @property
    def host(self) -> str:
        """Return the host (and port) that speaks the registry protocol."""
        return "registry-1.docker.io" if self.domain == DEFAULT_DOMAIN else self.domain

    @property
    def wanted(self) -> str:
        """Return what to ask the registry for: the digest if there is one, else the tag."""
        return self.digest or self.tag

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Parse an image name as users write it.

        The grammar and its defaults are those of the ``distribution/reference`` library: the
        first component is a registry only if it has a dot, a colon or a capital letter, or is
        ``localhost``; without tag and digest the tag is ``latest``.

        Raises:
            InputError: If it is no image name; message and advice say why.
        """
        rest, at, digest = text.partition("@")
        if at and not _DIGEST.fullmatch(digest):
            raise _bad(text, "what follows '@' is no sha256 or sha512 digest")
        name, tag = _split_tag(rest)
        if tag is not None and not _TAG.fullmatch(tag):
            raise _bad(text, f"{tag[:40]!r} is no tag")
        domain, path = _split_domain(name)
        if not _DOMAIN.fullmatch(domain):
            raise _bad(text, f"{domain[:60]!r} is no registry host")
        _check_path(text, path, whole=name)
        if len(path) > _LONGEST:
            raise _bad(text, f"the repository name is longer than {_LONGEST} characters")
        return cls(domain, path, tag or ("" if digest else "latest"), digest)


def is_digest(text: str) -> bool:
    """Return True for digests we can verify (OCI image-spec 1.1, descriptor, registered ones)."""
    return _DIGEST.fullmatch(text) is not None


def _split_tag(text: str) -> tuple[str, str | None]:
    head, colon, tail = text.rpartition(":")
    return (head, tail) if colon and "/" not in tail else (text, None)


def _split_domain(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    named = "." in first or ":" in first or first == "localhost" or first != first.lower()
    if not slash or not named:
        first, rest = DEFAULT_DOMAIN, name
    if first == "index.docker.io":
        first = DEFAULT_DOMAIN
    if first == DEFAULT_DOMAIN and "/" not in rest:
        rest = f"library/{rest}"
    return first, rest


def _check_path(text: str, path: str, *, whole: str) -> None:
    if not whole:
        raise _bad(text, "the repository name is missing")
    if _HEX.fullmatch(whole):
        raise _bad(text, "64 hex digits are an image id, which registries do not know")
    for component in path.split("/"):
        if _COMPONENT.fullmatch(component):
            continue
        if component != component.lower():
            raise _bad(text, f"repository names have no capital letters: {component[:60]!r}")
        raise _bad(text, f"{component[:60]!r} is no part of a repository name")


def _bad(text: str, why: str) -> InputError:
    return InputError(
        f"not an image name: {why}",
        where=text[:120],
        advice="write it like alpine:3.19 or registry.example.com:5000/team/app:1.2",
    )
