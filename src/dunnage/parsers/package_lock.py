"""Reads package-lock.json and npm-shrinkwrap.json.

The format is that of npm's documentation, page "package-lock.json": ``packages`` (lockfileVersion
2 and 3) lists every place below ``node_modules``, ``dependencies`` (version 1) nests them.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers import bounded_json
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, line_of_keys, names, table, without_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

_FOLDER = "node_modules/"
_LEVELS = 100
"""Directories upwards in which a dependency is looked for."""
_LONGEST = 1024
"""Characters of a place whose dependencies are looked for."""
_ALGORITHMS = {"sha512": "sha-512", "sha384": "sha-384", "sha256": "sha-256", "sha1": "sha-1"}
_NEEDS = ("dependencies", "optionalDependencies", "devDependencies", "peerDependencies")
_LOCAL = ("file:", "link:", "workspace:")
ARCHIVES = (".tgz", ".tar.gz", ".tar")
"""Ends of the file names of packages; what else is from a file is a directory of the project."""


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of npm.

    Raises:
        InputError: If it is no JSON object, or lists no packages in a known way.
        LimitError: If it is too large or nested too deeply.
    """
    document = bounded_json.loads(data, limits)
    if not isinstance(document, dict):
        raise InputError("the lock file is no JSON object")
    written = data.decode("utf-8", "replace")
    lines = line_of_keys(written, r'\s*"([^"]+)":\s*\{')
    if isinstance(document.get("packages"), dict):
        return Lock(tuple(_places(table(document["packages"]), lines)))
    if "dependencies" not in document and "lockfileVersion" not in document:
        raise InputError("the lock file has neither packages nor dependencies")
    unknown: list[str] = []
    entries = tuple(_nested(table(document.get("dependencies")), lines, unknown))
    advice = "write the lock file with npm 7 or later"
    return Lock(entries, without_version(unknown, len(entries), advice))


def hashes(integrity: object) -> tuple[tuple[str, str], ...]:
    """Return the digests of a Subresource Integrity text (W3C), the best algorithm first."""
    found = []
    for word in text(integrity).split():
        algorithm, _, value = word.partition("-")
        name = _ALGORITHMS.get(algorithm)
        try:
            digest = base64.b64decode(value.partition("?")[0], validate=True).hex()
        except (ValueError, binascii.Error):
            continue
        if name and digest:
            found.append((name, digest))
    return tuple(sorted(found, key=lambda pair: list(_ALGORITHMS.values()).index(pair[0])))


def _places(packages: dict[str, object], lines: dict[str, int]) -> Iterator[Entry]:
    """Give the packages of ``packages``; keys without ``node_modules`` are the project's own."""
    known = {place: table(told) for place, told in packages.items()}
    direct: set[str] = set()
    for place, told in known.items():
        if _FOLDER not in f"{place}/":
            needed = (name for kind in _NEEDS for name in names(told.get(kind)))
            direct.update(found for name in needed if (found := _found(place, name, known)))
    for place, told in known.items():
        inner = place.rpartition(_FOLDER)
        version = text(told.get("version"))
        if not inner[1] or told.get("link") is True or not version:
            continue
        if text(told.get("resolved")).startswith("file:") and "integrity" not in told:
            continue  # a directory of the project
        yield Entry(
            name=text(told.get("name")) or inner[2],
            version=version,
            line=lines.get(place, 0),
            dev=told.get("dev") is True,
            direct=place in direct,
            depends=tuple(_needed(place, told, known)),
            hashes=hashes(told.get("integrity")),
            source=_source(told.get("resolved")),
            licenses=_licences(told.get("license")),
        )


def _needed(
    place: str, told: dict[str, object], known: dict[str, dict[str, object]]
) -> Iterator[tuple[str, str]]:
    for kind in _NEEDS:
        if kind == "devDependencies":
            continue  # never installed for a dependency
        for name in names(told.get(kind)):
            found = _found(place, name, known)
            if found:
                there = known[found]
                real = text(there.get("name")) or found.rpartition(_FOLDER)[2]
                yield real, text(there.get("version"))


def _found(place: str, name: str, known: dict[str, dict[str, object]]) -> str:
    """Return the place Node would find a package at (Node.js documentation, node_modules)."""
    for _ in range(_LEVELS if len(place) <= _LONGEST else 0):
        inner = f"{place}/{_FOLDER}{name}" if place else _FOLDER + name
        if inner in known:
            return inner
        if not place:
            break
        above, folder, _ = place.rpartition(f"/{_FOLDER}")
        place = above if folder else "" if place.startswith(_FOLDER) else _parent(place)
    return ""


def _parent(place: str) -> str:
    return place.rpartition("/")[0]


def _nested(
    dependencies: dict[str, object], lines: dict[str, int], unknown: list[str]
) -> Iterator[Entry]:
    """Give the packages of lockfileVersion 1, each with those it nests.

    Of an archive it says the place only; its name is added to ``unknown``.
    """
    pending: list[tuple[dict[str, object], tuple[dict[str, object], ...]]] = [(dependencies, ())]
    while pending:
        level, above = pending.pop()
        scopes = (level, *above)
        for key, value in level.items():
            told = table(value)
            version = text(told.get("version"))
            inner = table(told.get("dependencies"))
            if inner:
                pending.append((inner, scopes))
            if not version or not text(key):
                continue
            if version.startswith((*_LOCAL, "http:", "https:")):
                unknown += [key] if version.partition("#")[0].endswith(ARCHIVES) else []
                continue
            name, version, source = _of_version(text(key), version)
            yield Entry(
                name=name,
                version=version,
                line=lines.get(key, 0),
                dev=told.get("dev") is True,
                depends=tuple(_required(told, (inner, *scopes))),
                hashes=hashes(told.get("integrity")),
                source=source,
            )


def _required(
    told: dict[str, object], scopes: tuple[dict[str, object], ...]
) -> Iterator[tuple[str, str]]:
    for name in names(told.get("requires")):
        there = next((table(scope[name]) for scope in scopes[:_LEVELS] if name in scope), None)
        if there is not None:
            found, version, _ = _of_version(name, text(there.get("version")))
            yield found, version


def _of_version(key: str, version: str) -> tuple[str, str, str]:
    """Return name, version and source; version 1 writes aliases and sources for the version."""
    if version.startswith("npm:"):
        name, _, number = version.removeprefix("npm:").rpartition("@")
        return (name or key), number, ""
    if ":" in version or "/" in version:
        return key, version.rpartition("#")[2], version
    return key, version, ""


def _source(resolved: object) -> str:
    """Return where a package comes from if that is no registry."""
    place = text(resolved)
    return place if place.startswith(("git", "file:")) else ""


def _licences(value: object) -> tuple[str, ...]:
    found = text(value)
    return (found,) if found else ()
