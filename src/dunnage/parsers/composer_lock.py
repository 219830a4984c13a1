"""Reads composer.lock.

The format is what Composer writes (Composer's documentation, "Basic usage", and the schema
``composer-lock-schema.json``): ``packages`` are needed to run, ``packages-dev`` to develop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers import bounded_json
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, line_of_keys, listed, names, table

if TYPE_CHECKING:
    from dunnage.model.limits import Limits

_SHA1 = 40


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of Composer.

    Raises:
        InputError: If it is no JSON object with a list of packages.
        LimitError: If it is too large or nested too deeply.
    """
    document = table(bounded_json.loads(data, limits))
    if "packages" not in document:
        raise InputError("the lock file lists no packages")
    lines = line_of_keys(data.decode("utf-8", "replace"), r'\s*"name":\s*"([^"/]+/[^"]+)"')
    groups = [
        (table(entry), group == "packages-dev")
        for group in ("packages", "packages-dev")
        for entry in listed(document.get(group))
    ]
    versions = {
        text(told.get("name")).lower(): (text(told.get("name")), text(told.get("version")))
        for told, _ in groups
    }
    entries = []
    for told, dev in groups:
        name, version = text(told.get("name")), text(told.get("version"))
        dist = table(told.get("dist"))
        if not name or not version or dist.get("type") == "path":
            continue
        needs = (versions.get(key.lower()) for key in names(told.get("require")))
        digest = text(dist.get("shasum"))
        entries.append(
            Entry(
                name=name,
                version=version,
                line=lines.get(name, 0),
                dev=dev,
                depends=tuple(pair for pair in needs if pair),
                hashes=(("sha-1", digest),) if len(digest) == _SHA1 else (),
                licenses=tuple(names(told.get("license"))),
            )
        )
    return Lock(tuple(entries))
