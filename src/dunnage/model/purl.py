"""Package URLs, as ECMA-427 and the purl specification define them."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

from msgspec import Struct

_PLAIN = re.compile(r"[A-Za-z0-9._~:-]+", re.ASCII).fullmatch


class Purl(Struct, frozen=True):
    """A package URL.

    Attributes:
        type: Lower-case package type.
        namespace: Segments joined by ``/``, or empty.
        name: Package name.
        version: Version, or empty.
        qualifiers: Pairs of key and value, sorted by key.
        subpath: Path inside the package, or empty.
    """

    type: str
    namespace: str
    name: str
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()
    subpath: str = ""

    def __str__(self) -> str:
        """Return the canonical form."""
        return _canonical(
            self.type, self.namespace, self.name, self.version, self.qualifiers, self.subpath
        )

    @classmethod
    def parse(cls, text: str) -> Purl:
        """Parse a package URL.

        Raises:
            ValueError: If ``text`` is no package URL; the message says which part is wrong.
        """
        scheme, _, rest = text.partition(":")
        if scheme.lower() != "pkg" or not rest:
            raise ValueError(f"not a package URL: {text[:80]!r} does not start with 'pkg:'")
        rest, _, subpath = rest.lstrip("/").partition("#")
        rest, _, query = rest.partition("?")
        kind, _, path = rest.partition("/")
        path, version = _split_version(path.strip("/"))
        segments = [unquote(part) for part in path.split("/") if part]
        if not kind or not segments:
            raise ValueError(f"not a package URL: {text[:80]!r} has no type or no name")
        pairs = (pair.partition("=") for pair in query.split("&") if pair)
        qualifiers = sorted((k.lower(), unquote(v)) for k, _, v in pairs if v)
        # An encoded slash is a slash: no segment may hold one (purl-spec, "Rules for each component").
        namespace = "/".join(part for part in "/".join(segments[:-1]).split("/") if part)
        name = segments[-1]
        inner = "/".join(p for p in unquote(subpath).split("/") if p not in {"", ".", ".."})
        return cls(kind.lower(), namespace, name, unquote(version), tuple(qualifiers), inner)


def _split_version(path: str) -> tuple[str, str]:
    head, at, tail = path.rpartition("@")
    return (head, tail) if at and head and "/" not in tail else (path, "")


# Every package is asked at least twice: for its ref, and by the renderer.
@lru_cache(maxsize=16_384)
def _canonical(
    kind: str,
    namespace: str,
    name: str,
    version: str,
    qualifiers: tuple[tuple[str, str], ...],
    subpath: str,
) -> str:
    namespace, name = _normalised(kind, namespace, name)
    parts = [f"pkg:{kind}/"]
    if namespace:
        parts.append("/".join(_encode(part) for part in namespace.split("/") if part) + "/")
    parts.append(_encode(name))
    if version:
        parts.append("@" + _encode(version))
    pairs = [f"{key}={_encode(value)}" for key, value in sorted(qualifiers) if value]
    if pairs:
        parts.append("?" + "&".join(pairs))
    if subpath:
        parts.append("#" + "/".join(_encode(p) for p in subpath.split("/") if p))
    return "".join(parts)


def _encode(text: str) -> str:
    # Most parts need no encoding, and looking is ten times as fast as encoding.
    return text if _PLAIN(text) else quote(text, safe="-._~:")


def _normalised(kind: str, namespace: str, name: str) -> tuple[str, str]:
    if kind == "pypi":
        return namespace, name.lower().replace("_", "-")
    if kind in {"deb", "apk", "bitnami", "composer", "github", "hex"}:
        return namespace.lower(), name.lower()
    if kind in {"rpm", "alpm"}:
        return namespace.lower(), name
    return namespace, name
