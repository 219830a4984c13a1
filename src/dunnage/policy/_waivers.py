"""Reads one waiver and says which findings it covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import UsageError
from dunnage.model.policy import Waiver
from dunnage.model.purl import Purl
from dunnage.policy._words import line_of, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.location import Location
    from dunnage.model.package import Package

_REQUIRED = ("id", "owner", "reason", "expires")
_KEYS = (*_REQUIRED, "packages", "paths")
_EXAMPLE = {
    "id": 'id = "CVE-2024-1234"',
    "owner": 'owner = "payments team"',
    "reason": 'reason = "the function is never called"',
    "expires": "expires = 2026-12-31",
}


def waiver(entry: object, number: int, text: str, origin: str) -> Waiver:
    """Return the waiver of one ``[[waivers]]`` entry.

    Args:
        entry: The entry as TOML gives it.
        number: Which entry it is, from one.
        text: Content of the file, to find lines.
        origin: Name of the file.

    Raises:
        UsageError: If a key is unknown, missing, empty or of the wrong form.
    """
    here = line_of(text, "waivers", "", origin, number)
    if not isinstance(entry, dict):
        here = line_of(text, "", "waivers", origin)
        raise UsageError(f"waiver {number} is no table", where=here, advice="write [[waivers]]")
    for key in entry:
        if key not in _KEYS:
            where = line_of(text, "waivers", key, origin, number)
            advice = nearest(key, _KEYS)
            raise UsageError(f"waiver {number}: unknown key {key!r}", where=where, advice=advice)
    name = str(entry.get("id", number))
    for key in _REQUIRED:
        if key not in entry:
            advice = f"add a line such as: {_EXAMPLE[key]}"
            raise UsageError(f"waiver {name}: {key!r} is missing", where=here, advice=advice)
    lines = {key: line_of(text, "waivers", key, origin, number) for key in entry}
    texts = {key: _text(entry[key], name, key, lines[key]) for key in ("id", "owner", "reason")}
    return Waiver(
        **texts,
        expires=_date(entry["expires"], name, lines["expires"]),
        packages=_list(entry.get("packages", []), name, "packages", lines.get("packages", "")),
        paths=_list(entry.get("paths", []), name, "paths", lines.get("paths", "")),
        origin=here,
    )


def covers(waiver: Waiver, finding: Finding, package: Package | None) -> bool:
    """Tell whether a waiver is about a finding, whatever the date.

    Its id must equal the finding's id, an alias, or the id of an advisory behind it (case does
    not count). If it names packages, one must be the finding's; if it names paths, every place
    of the finding must match one, so that a copy somewhere else is not waived along.
    """
    wanted = waiver.id.lower()
    names = (finding.id, *finding.aliases, *(s.id for s in finding.statements))
    if not any(name.lower() == wanted for name in names):
        return False
    if waiver.packages and (package is None or not _is_package(waiver.packages, package)):
        return False
    if not waiver.paths:
        return True
    places = finding.locations or (package.locations if package else ())
    return bool(places) and all(_is_path(waiver.paths, place) for place in places)


def _is_package(wanted: Sequence[str], package: Package) -> bool:
    names = {package.name, package.title, package.source} - {""}
    for word in wanted:
        if word in names:
            return True
        if word.startswith("pkg:"):
            asked, has = (Purl.parse(str(purl)) for purl in (Purl.parse(word), package.purl))
            same = (asked.type, asked.namespace, asked.name) == (has.type, has.namespace, has.name)
            version = asked.version in {"", has.version}
            if same and version and set(asked.qualifiers) <= set(has.qualifiers):
                return True
    return False


def _is_path(patterns: Sequence[str], place: Location) -> bool:
    from fnmatch import fnmatchcase

    path = place.path.lstrip("/")
    return any(fnmatchcase(path, pattern.lstrip("/")) for pattern in patterns)


def _text(value: object, name: str, key: str, where: str) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    advice = f"write it like: {_EXAMPLE[key]}"
    raise UsageError(f"waiver {name}: {key!r} must be a text", where=where, advice=advice)


def _date(value: object, name: str, where: str) -> str:
    from datetime import date, datetime

    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    message = f"waiver {name}: 'expires' must be a date like 2026-12-31"
    raise UsageError(message, where=where, advice="every waiver needs an end; choose one")


def _list(value: object, name: str, key: str, where: str) -> tuple[str, ...]:
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise UsageError(f"waiver {name}: {key!r} must be a list of texts", where=where)
    if where and not all(part.strip() for part in parts):
        raise UsageError(f"waiver {name}: {key!r} holds an empty text", where=where)
    for part in parts:
        if key == "packages" and part.startswith("pkg:"):
            try:
                Purl.parse(part)
            except ValueError as error:
                raise UsageError(f"waiver {name}: {error}", where=where) from error
    return tuple(part.strip() for part in parts)
