"""Reads poetry.lock.

The format is what Poetry writes (Poetry's documentation, "poetry.lock"): one ``[[package]]`` for
each package, with ``category`` before version 1.5 and ``groups`` since 2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, line_of_each, listed, names, python_name, table, toml

if TYPE_CHECKING:
    from dunnage.model.limits import Limits

_SOURCES = ("git", "url", "file")
"""What is from no registry; a directory is the project's own."""


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
    named = [(text(told.get("name")), text(told.get("version"))) for told in packages]
    # Dependencies keep the spelling of whoever asks for them: ``Jinja2`` for ``jinja2``.
    known = {python_name(name): (name, version) for name, version in named}
    entries = []
    for told, line, (name, version) in zip(packages, lines, named, strict=True):
        source = table(told.get("source"))
        if not name or not version or source.get("type") == "directory":
            continue
        groups = set(names(told.get("groups")))
        needs = (known.get(python_name(key)) for key in names(told.get("dependencies")))
        entries.append(
            Entry(
                name=name,
                version=version,
                line=line,
                dev=told.get("category") == "dev" or (bool(groups) and "main" not in groups),
                depends=tuple(pair for pair in needs if pair),
                source=text(source.get("url")) if source.get("type") in _SOURCES else "",
            )
        )
    return Lock(tuple(entries))
