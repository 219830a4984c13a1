"""Reads packages.lock.json of NuGet.

The format is what NuGet writes (NuGet's documentation, "Enable repeatable package restores using a
lock file"): by target framework, each package with what it resolved to; ``Project`` entries are
the solution's own.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers import bounded_json
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, line_of_keys, names, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of NuGet.

    Raises:
        InputError: If it is no JSON object with dependencies by framework.
        LimitError: If it is too large or nested too deeply.
    """
    document = table(bounded_json.loads(data, limits))
    frameworks = document.get("dependencies")
    if not isinstance(frameworks, dict):
        raise InputError("the lock file has no dependencies by framework")
    lines = line_of_keys(data.decode("utf-8", "replace"), r'\s*"([^"]+)":\s*\{')
    found = (
        entry for packages in frameworks.values() for entry in _entries(table(packages), lines)
    )
    return Lock(tuple(found))


def _entries(packages: dict[str, object], lines: dict[str, int]) -> Iterator[Entry]:
    by_name = {name.lower(): (name, table(told)) for name, told in packages.items()}
    for name, value in packages.items():
        told = table(value)
        version = text(told.get("resolved"))
        if not text(name) or not version or told.get("type") == "Project":
            continue
        needed = (by_name.get(key.lower()) for key in names(told.get("dependencies")))
        pairs = ((pair[0], text(pair[1].get("resolved"))) for pair in needed if pair)
        yield Entry(
            name=name,
            version=version,
            line=lines.get(name, 0),
            direct=told.get("type") == "Direct",
            depends=tuple(pairs),
            hashes=_hashes(text(told.get("contentHash"))),
        )


def _hashes(content: str) -> tuple[tuple[str, str], ...]:
    """Return the digest; NuGet's is SHA-512 of the package without its signature, in base64."""
    try:
        digest = base64.b64decode(content, validate=True).hex()
    except (ValueError, binascii.Error):
        return ()
    return (("sha-512", digest),) if len(digest) == 128 else ()
