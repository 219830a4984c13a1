"""Reads gradle.lockfile.

The format is that of Gradle's documentation, "Locking dependency versions": one line for each
module, ``group:artifact:version=configuration,configuration``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, decoded

if TYPE_CHECKING:
    from dunnage.model.limits import Limits


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of Gradle.

    Raises:
        InputError: If a line is none of such a file.
        LimitError: If it is too large.
    """
    entries = []
    for number, line in enumerate(decoded(data, limits, "lock file").split("\n"), 1):
        bare = line.strip()
        if not bare or bare.startswith(("#", "empty=")):
            continue
        module, equals, configurations = bare.partition("=")
        parts = [text(part) for part in module.split(":")]
        if not equals or len(parts) != 3 or not all(parts):
            raise InputError("no line of a Gradle lock file", where=f"line {number}")
        group, artifact, version = parts
        dev = _only_tests(configurations.split(","))
        entries.append(Entry(artifact, version, number, dev, namespace=group))
    return Lock(tuple(entries))


def _only_tests(configurations: list[str]) -> bool:
    """Tell whether all configurations are of tests, as Gradle's own plug-ins name them."""
    named = [name for name in configurations if name.strip()]
    return bool(named) and all(name.startswith("test") or "Test" in name for name in named)
