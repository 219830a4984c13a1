"""Reads poetry.lock.

The format is what Poetry writes (Poetry's documentation, "poetry.lock"): one ``[[package]]`` for
each package, with ``category`` before version 1.5 and ``groups`` since 2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers._lock import Entry, Lock, line_of_each, listed, names, table, text, toml

if TYPE_CHECKING:
    from dunnage.model.limits import Limits


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of Poetry.

    Raises:
        InputError: If it is no TOML, or has no packages in a known way.
        LimitError: If it is too large or nested too deeply.
    """
    document, written = toml(data, limits, "lock file")
    packages = [table(entry) for entry in listed(document.get("package"))]
    if not packages and "metadata" not in document:
        raise InputError("the lock file has neither packages nor metadata")
    lines = line_of_each(written, "[[package]]", len(packages))
    versions = {text(told.get("name")): text(told.get("version")) for told in packages}
    entries = []
    for told, line in zip(packages, lines, strict=True):
        name, version = text(told.get("name")), text(told.get("version"))
        source = table(told.get("source"))
        if not name or not version or source.get("type") in {"directory", "file"}:
            continue
        groups = set(names(told.get("groups")))
        needs = (key for key in names(told.get("dependencies")) if key in versions)
        entries.append(
            Entry(
                name=name,
                version=version,
                line=line,
                dev=told.get("category") == "dev" or (bool(groups) and "main" not in groups),
                depends=tuple((key, versions[key]) for key in needs),
                source=text(source.get("url")) if source.get("type") in {"git", "url"} else "",
            )
        )
    return Lock(tuple(entries))
