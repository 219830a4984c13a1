"""Reads pnpm-lock.yaml of lockfileVersion 5 to 9.

The format is described in ``pnpm/spec``, pages "lockfile/5.2", "6.0" and "9.0": keys of
``packages`` are ``/name/1.0.0_peers`` (5), ``/name@1.0.0(peers)`` (6) or ``name@1.0.0`` (9, where
``snapshots`` holds what each needs).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError
from dunnage.parsers import _small_yaml
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, decoded, line_of_keys, reached, table
from dunnage.parsers.package_lock import hashes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.limits import Limits

_LINE = r"  '?([^'\s][^']*?)'?:\s*(?:\{.*)?$"
_LOCAL = ("link:", "file:", "workspace:")
_VERSION = re.compile(r"[0-9]+\.[0-9]+[^/\s]*")
_NEEDS = ("dependencies", "optionalDependencies")


class _Key(NamedTuple):
    """What the key of a package says; no version for what no registry holds."""

    name: str
    version: str


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of pnpm.

    Raises:
        InputError: If it cannot be understood.
        LimitError: If it is too large or nested too deeply.
    """
    written = decoded(data, limits, "lock file")
    lines = line_of_keys(written, _LINE)
    entries: list[Entry] = []
    # pnpm 10 and later put what it needs itself into a document of its own.
    for document in map(table, _small_yaml.documents(written, limits)):
        if "lockfileVersion" not in document:
            raise InputError("the lock file has no lockfileVersion")
        entries += _entries(document, lines)
    return Lock(tuple(entries))


def _entries(document: dict[str, object], lines: dict[str, int]) -> Iterator[Entry]:
    old = text(document["lockfileVersion"]).startswith(("5", "4", "3"))
    packages = {key: table(value) for key, value in table(document.get("packages")).items()}
    snapshots = table(document.get("snapshots"))
    needing = {key: table(value) for key, value in snapshots.items()} or packages
    keys = {
        key: _key(key, packages.get(_bare(key), table(needing[key])), old=old) for key in needing
    }
    direct, wanted = _asked(document, needing)
    needs = {
        key: [found for name, version in _needed(told) if (found := _at(name, version, needing))]
        for key, told in needing.items()
    }
    used = reached(wanted, needs) if snapshots else frozenset(needing)
    for key, told in needing.items():
        name, version = keys[key]
        about = packages.get(_bare(key), told) if snapshots else told
        if not name or not version:
            continue
        resolution = table(about.get("resolution"))
        source = text(resolution.get("tarball") or resolution.get("repo"))
        yield Entry(
            name=name,
            version=version,
            line=lines.get(_bare(key), 0) or lines.get(key, 0),
            dev=text(about.get("dev")) == "true" or (bool(snapshots) and key not in used),
            direct=key in direct,
            depends=tuple(keys[other] for other in needs[key] if keys[other].version),
            hashes=hashes(resolution.get("integrity")),
            source=source if not resolution.get("integrity") else "",
        )


def _asked(document: dict[str, object], needing: Mapping[str, object]) -> tuple[set[str], set[str]]:
    """Return the keys the project names, and those of them it needs to run."""
    importers = table(document.get("importers")) or {".": document}
    direct: set[str] = set()
    wanted: set[str] = set()
    for importer in map(table, importers.values()):
        for kind in (*_NEEDS, "devDependencies", "configDependencies"):
            for name, value in table(importer.get(kind)).items():
                version = text(table(value).get("version")) or text(value)
                found = _at(name, version, needing)
                if found:
                    direct.add(found)
                    if kind in _NEEDS:
                        wanted.add(found)
    return direct, wanted


def _needed(told: dict[str, object]) -> Iterator[tuple[str, str]]:
    for kind in _NEEDS:
        for name, version in table(told.get(kind)).items():
            yield name, text(version)


def _at(name: str, version: str, known: Mapping[str, object]) -> str:
    """Return the key of what a dependency leads to, or nothing."""
    if not version:
        return ""
    # An alias, or what is from no registry, is written as the key itself.
    for key in (f"{name}@{version}", f"/{name}@{version}", f"/{name}/{version}", version):
        if key in known:
            return key
    return ""


def _bare(key: str) -> str:
    """Return a key without its peers in brackets (lockfileVersion 6 and later)."""
    return key.partition("(")[0]


def _key(key: str, about: dict[str, object], *, old: bool) -> _Key:
    """Return name and version; what is written beside the key counts first."""
    name, version = text(about.get("name")), text(about.get("version"))
    bare = _bare(key).lstrip("/")
    if table(about.get("resolution")).get("type") == "directory":
        return _Key("", "")
    if bare.startswith(_LOCAL):
        # An archive of the project; before lockfileVersion 9 its name is only written beside.
        return _Key(name, version)
    # ``registry.example/name/1.0.0`` is of another registry; a host has a dot.
    host, _, rest = bare.partition("/")
    bare = rest if rest and "." in host and "@" not in host else bare
    if old:
        told, _, number = bare.rpartition("/")
        number = number.partition("_")[0]
    else:
        at = bare.find("@", 1)
        told, number = (bare[:at], bare[at + 1 :]) if at > 0 else ("", "")
    if not _VERSION.fullmatch(number):
        number = ""
    return _Key(name or told, version or number)
