"""Reads Pipfile.lock.

The format is what Pipenv writes (Pipenv's documentation, "Pipfile & Pipfile.lock"): a category for
each group of packages, of which ``default`` is needed to run and ``develop`` to develop.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers import bounded_json
from dunnage.parsers._lock import Entry, Lock, line_of_keys, table, text, without_version

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
            if exact and text(name):
                line, dev = lines.get(name, 0), category == _DEVELOP
                entries.append(Entry(name, exact[1], line, dev, "index" in told))
            elif "path" not in told and "file" not in told:
                unknown.append(name)
    return Lock(tuple(entries), without_version(unknown, len(entries), "run pipenv lock"))
