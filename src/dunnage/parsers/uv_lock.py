"""Reads uv.lock.

The format is what uv writes (uv's documentation, "Project structure", "The lockfile"): one
``[[package]]`` for each package; those from a directory are the project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers._lock import Entry, Lock, line_of_each, listed, reached, table, text, toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.limits import Limits

_OWN = ("editable", "virtual", "directory", "path")
_Places = dict[str, list[str]]


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of uv.

    Raises:
        InputError: If it is no TOML, or has no version.
        LimitError: If it is too large or nested too deeply.
    """
    document, written = toml(data, limits, "lock file")
    packages = [table(entry) for entry in listed(document.get("package"))]
    if "version" not in document:
        raise InputError("the lock file has no version")
    lines = line_of_each(written, "[[package]]", len(packages))
    keys = [f"{text(told.get('name'))}@{text(told.get('version'))}" for told in packages]
    by_name: _Places = {}
    for key in keys:
        by_name.setdefault(key.partition("@")[0], []).append(key)
    needs = {
        key: list(_needed(told, ("dependencies", "optional-dependencies"), by_name))
        for key, told in zip(keys, packages, strict=True)
    }
    own = [_is_own(told) for told in packages]
    roots = [key for key, is_own in zip(keys, own, strict=True) if is_own]
    used = reached(roots, needs) if roots else set(keys)
    every = ("dependencies", "optional-dependencies", "dev-dependencies")
    direct = {
        key
        for told, is_own in zip(packages, own, strict=True)
        if is_own
        for key in _needed(told, every, by_name)
    }
    entries = []
    for key, told, line, is_own in zip(keys, packages, lines, own, strict=True):
        name, _, version = key.partition("@")
        if is_own or not name or not version:
            continue
        pairs = (other.partition("@") for other in needs[key])
        entries.append(
            Entry(
                name=name,
                version=version,
                line=line,
                dev=key not in used,
                direct=key in direct,
                depends=tuple((pair[0], pair[2]) for pair in pairs),
                source=_source(table(told.get("source"))),
            )
        )
    return Lock(tuple(entries))


def _is_own(told: Mapping[str, object]) -> bool:
    return any(kind in table(told.get("source")) for kind in _OWN)


def _source(source: dict[str, object]) -> str:
    return text(source.get("git")) or text(source.get("url"))


def _needed(told: Mapping[str, object], kinds: tuple[str, ...], by_name: _Places) -> Iterator[str]:
    for kind in kinds:
        value = told.get(kind)
        # Optional and development dependencies are lists by the name of their group.
        lists = [listed(group) for group in table(value).values()] or [listed(value)]
        for item in (item for group in lists for item in group):
            name, version = text(table(item).get("name")), text(table(item).get("version"))
            places = by_name.get(name, [])
            if version:
                yield from (place for place in places if place == f"{name}@{version}")
            elif len(places) == 1:
                yield places[0]
