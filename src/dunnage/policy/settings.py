"""Reads ``dunnage.toml``: default values of flags, where data comes from, and waivers."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import UsageError
from dunnage.policy._waivers import waiver
from dunnage.policy._words import line_of, unknown_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dunnage.model.policy import Waiver

FILE_NAME = "dunnage.toml"
MAX_BYTES = 1024 * 1024
MAX_WAIVERS = 10_000
MAX_DOTS = 1000
"""Dots in one line; the time the standard library takes for a key grows with their square."""

DB: Mapping[str, str] = MappingProxyType({"max-age": "duration", "mirrors": "list"})
"""What ``[db]`` may hold; the values come out as ``db-max-age`` and ``db-mirrors``."""

VERBS = ("lint",)
"""Verbs with a section of their own; all others read ``[scan]``."""


class Settings(Struct, frozen=True):
    """The content of one settings file.

    Attributes:
        values: Values by flag name in kebab case (``fail-on``, ``db-mirrors``): ``bool`` for
            switches, ``int`` for numbers, ``str`` for texts and durations, tuples of ``str`` for
            lists (a lone text is a list of one; flags that take commas split them themselves).
            Only what the file says; everything else is left to the command line.
        waivers: In the order of the file.
        origin: The file as it was named, or empty if there is none.
        places: ``file:line`` of each of the values, by the same names.
        verbs: Values and places of verbs that have a section of their own (``[lint]``).
    """

    values: Mapping[str, object]
    waivers: tuple[Waiver, ...] = ()
    origin: str = ""
    places: Mapping[str, str] = MappingProxyType({})
    verbs: Mapping[str, tuple[Mapping[str, object], Mapping[str, str]]] = MappingProxyType({})

    def of(self, verb: str) -> tuple[Mapping[str, object], Mapping[str, str]]:
        """Return values and places for a verb: those of its own section, if it may have one."""
        if verb in VERBS:
            return self.verbs.get(verb, ({}, {}))
        return self.values, self.places


def read(
    path: Path | None,
    folder: Path,
    flags: Mapping[str, str],
    shapes_of: Callable[[str], Mapping[str, str]] | None = None,
) -> Settings:
    """Read the settings file of a run.

    Args:
        path: The file the user named, or None to look for ``dunnage.toml`` in ``folder`` alone
            (never in its parents: what a scan does must not depend on where a checkout lies).
        folder: The current directory.
        flags: What ``[scan]`` may hold: the form of each flag's value by its name in kebab case,
            one of ``switch``, ``number``, ``text``, ``duration`` and ``list``.
        shapes_of: Gives the same for a verb that has a section of its own.

    Raises:
        UsageError: If the named file is missing, or the file cannot be read or understood.
    """
    chosen = path if path is not None else folder / FILE_NAME
    origin = str(path) if path is not None else FILE_NAME
    try:
        there = chosen.exists()
        if path is None and not there:
            return Settings(MappingProxyType({}))
        if not chosen.is_file():
            state = "is not a regular file" if there else "does not exist"
            raise UsageError(f"the settings file {state}", where=origin)
        with chosen.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or "it cannot be read"
        raise UsageError(f"the settings file cannot be opened: {reason}", where=origin) from error
    return parse(raw, origin, flags, shapes_of)


def parse(
    raw: bytes,
    origin: str,
    flags: Mapping[str, str],
    shapes_of: Callable[[str], Mapping[str, str]] | None = None,
) -> Settings:
    """Parse the bytes of a settings file (TOML 1.0).

    Args:
        raw: The content.
        origin: Name of the file, for messages.
        flags: What ``[scan]`` may hold, as in ``read``.
        shapes_of: As in ``read``.

    Raises:
        UsageError: If anything in it is unknown, misspelt, or of the wrong form; the message
            names the file, the line and the entry.
    """
    text, document = _load(raw, origin)
    values: dict[str, object] = {}
    places: dict[str, str] = {}
    verbs: dict[str, tuple[Mapping[str, object], Mapping[str, str]]] = {}
    known = ("scan", "db", "waivers", *VERBS)
    for section, content in document.items():
        if section not in known:
            raise unknown_key(section, known, "section", text, origin, "")
        if section == "waivers":
            continue
        if not isinstance(content, dict):
            where = line_of(text, "", section, origin)
            raise UsageError(f"{section!r} must be a section: write [{section}]", where=where)
        if section in VERBS:
            own = shapes_of(section) if shapes_of is not None else {}
            verbs[section] = _section(section, content, own, text, origin)
            continue
        shapes, prefix = (flags, "") if section == "scan" else (DB, "db-")
        found, lines = _section(section, content, shapes, text, origin)
        for name, value in found.items():
            if prefix + name in values:
                raise UsageError(f"{prefix + name!r} is given twice", where=lines[name])
            values[prefix + name], places[prefix + name] = value, lines[name]
    waivers = _waivers(document, text, origin)
    return Settings(
        MappingProxyType(values), waivers, origin, MappingProxyType(places), MappingProxyType(verbs)
    )


def _section(
    section: str, content: Mapping[str, object], shapes: Mapping[str, str], text: str, origin: str
) -> tuple[dict[str, object], dict[str, str]]:
    """Return the values of one section by flag name, and where each stands."""
    values: dict[str, object] = {}
    places: dict[str, str] = {}
    for key, value in content.items():
        name = key.replace("_", "-")
        where = line_of(text, section, key, origin)
        if name not in shapes:
            raise unknown_key(key, tuple(shapes), f"key in [{section}]", text, origin, section)
        if name in values:
            raise UsageError(f"{name!r} is given twice", where=where)
        values[name] = _value(name, value, shapes[name], where)
        places[name] = where
    return values, places


def _load(raw: bytes, origin: str) -> tuple[str, dict[str, object]]:
    import tomllib

    if len(raw) > MAX_BYTES:
        raise UsageError(f"the settings file is larger than {MAX_BYTES} bytes", where=origin)
    try:
        text = raw.decode("utf-8")
        if any(line.count(".") > MAX_DOTS for line in text.split("\n")):
            raise UsageError(f"a line with more than {MAX_DOTS} dots", where=origin)
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        message = f"not UTF-8: byte {error.start} cannot be read"
        raise UsageError(message, where=origin, advice="save the file as UTF-8") from error
    except RecursionError as error:
        raise UsageError("values are nested too deeply", where=origin) from error
    except ValueError as error:  # TOMLDecodeError, and integers of too many digits
        yaml = origin.lower().endswith((".yaml", ".yml"))
        advice = (
            "settings are TOML; docs/coming-from-trivy.md tells how keys are called" if yaml else ""
        )
        raise UsageError(f"not valid TOML: {error}", where=origin, advice=advice) from error


def _value(name: str, value: object, shape: str, where: str) -> object:
    """Return the value in the form its flag has, or raise UsageError."""
    if shape == "switch" and isinstance(value, bool):
        return value
    number = isinstance(value, int) and not isinstance(value, bool)
    if shape == "number" and number:
        return value
    if shape == "text" and isinstance(value, str) and value.strip():
        return value.strip()
    if shape == "duration" and (isinstance(value, str) and value.strip()):
        return value.strip()
    if shape == "duration" and number:
        return str(value)
    if shape == "list":
        parts = [value] if isinstance(value, str) else value
        if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
            return tuple(part.strip() for part in parts if part.strip())
    expected = {
        "switch": "true or false",
        "number": "a whole number",
        "text": "a text in quotes",
        "duration": 'a duration such as "24h"',
        "list": 'a list of texts such as ["a", "b"]',
    }[shape]
    raise UsageError(f"{name!r} must be {expected}", where=where)


def _waivers(document: dict[str, object], text: str, origin: str) -> tuple[Waiver, ...]:
    entries = document.get("waivers", [])
    if not isinstance(entries, list):
        where = line_of(text, "", "waivers", origin)
        advice = "write [[waivers]] with two brackets before each one"
        raise UsageError("'waivers' must be a list of entries", where=where, advice=advice)
    if len(entries) > MAX_WAIVERS:
        raise UsageError(f"more than {MAX_WAIVERS} waivers", where=origin)
    return tuple(waiver(entry, number, text, origin) for number, entry in enumerate(entries, 1))
