"""Reads uv.lock.

The format is what uv writes (uv's documentation, "Project structure", "The lockfile"): one
``[[package]]`` for each package; those from a directory are the project's own, those from an
archive beside it (``path``) are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, line_of_each, listed, reached, table, toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.limits import Limits

_OWN = ("editable", "virtual", "directory")
_EVERY = ("dependencies", "optional-dependencies", "dev-dependencies")
_Places = dict[str, set[str]]


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
        by_name.setdefault(key.partition("@")[0], set()).add(key)
    needs = [list(_needed(told, _EVERY[:2], by_name)) for told in packages]
    own = [_is_own(told) for told in packages]
    used = _used(keys, needs, own)
    direct = {
        key
        for told, is_own in zip(packages, own, strict=True)
        if is_own
        for key in _needed(told, _EVERY, by_name)
    }
    entries = []
    for at, (key, told) in enumerate(zip(keys, packages, strict=True)):
        name, _, version = key.partition("@")
        if own[at] or not name or not version:
            continue
        pairs = (other.partition("@") for other in needs[at])
        entries.append(
            Entry(
                name=name,
                version=version,
                line=lines[at],
                dev=key not in used,
                direct=key in direct,
                depends=tuple((pair[0], pair[2]) for pair in pairs),
                source=_source(table(told.get("source"))),
            )
        )
    return Lock(tuple(entries))


def _used(keys: list[str], needs: list[list[str]], own: list[bool]) -> set[str]:
    """Return what the project's own packages need to run; everything if none is known."""
    if not any(own):
        return set(keys)
    by_key: dict[str, list[str]] = {}
    for key, needed in zip(keys, needs, strict=True):
        by_key.setdefault(key, []).extend(needed)
    return reached((key for key, is_own in zip(keys, own, strict=True) if is_own), by_key)


def _is_own(told: Mapping[str, object]) -> bool:
    return any(kind in table(told.get("source")) for kind in _OWN)


def _source(source: dict[str, object]) -> str:
    return text(source.get("git")) or text(source.get("url")) or text(source.get("path"))


def _needed(told: Mapping[str, object], kinds: tuple[str, ...], by_name: _Places) -> Iterator[str]:
    for kind in kinds:
        value = told.get(kind)
        # Optional and development dependencies are lists by the name of their group.
        lists = [listed(group) for group in table(value).values()] or [listed(value)]
        for item in (item for group in lists for item in group):
            name, version = text(table(item).get("name")), text(table(item).get("version"))
            places = by_name.get(name, set())
            if version and f"{name}@{version}" in places:
                yield f"{name}@{version}"
            elif not version and len(places) == 1:
                yield from places
