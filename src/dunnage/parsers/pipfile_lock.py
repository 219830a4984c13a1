"""Reads Pipfile.lock.

The format is what Pipenv writes (Pipenv's documentation, "Pipfile & Pipfile.lock"): a category for
each group of packages, of which ``default`` is needed to run and ``develop`` to develop.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers import bounded_json
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, line_of_keys, table, without_version
from dunnage.parsers.requirements import ARCHIVES, from_place

if TYPE_CHECKING:
    from dunnage.model.limits import Limits

_EXACT = re.compile(r"={2,3}\s*([^\s,;*]+)")
_DEVELOP = "develop"


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of Pipenv.

    Raises:
        InputError: If it is no JSON object with Pipenv's sections.
        LimitError: If it is too large or nested too deeply.
    """
    document = table(bounded_json.loads(data, limits))
    if "_meta" not in document and "default" not in document:
        raise InputError("the lock file has neither _meta nor default")
    lines = line_of_keys(data.decode("utf-8", "replace"), r'\s*"([^"]+)":\s*\{')
    entries: list[Entry] = []
    unknown: list[str] = []
    for category, packages in document.items():
        if category == "_meta":
            continue
        for name, value in table(packages).items():
            told = table(value)
            exact = _EXACT.fullmatch(text(told.get("version")))
            dev = category == _DEVELOP
            if exact and text(name):
                entries.append(Entry(name, exact[1], lines.get(name, 0), dev, "index" in told))
                continue
            wheel = from_place(text(told.get("path")) or text(told.get("file")), name)
            if wheel[1] and text(name):
                source = text(told.get("file")) or text(told.get("path"))
                entries.append(Entry(name, wheel[1], lines.get(name, 0), dev, source=source))
            elif not _is_own(told):
                unknown.append(name)
    return Lock(tuple(entries), without_version(unknown, len(entries), "run pipenv lock"))


def _is_own(told: dict[str, object]) -> bool:
    """Tell whether a package is a directory of the project; archives and addresses are not."""
    place = text(told.get("path"))
    return bool(place) and not place.endswith(ARCHIVES)
