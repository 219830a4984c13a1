"""Reads pubspec.lock.

The format is what Dart's package manager writes (``LockFile.serialize`` of pub): a YAML mapping of
packages to how they are needed, where they come from (``hosted``, ``git``, ``path`` or ``sdk``), and
their versions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers import _small_yaml
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, decoded, line_of_keys, table

if TYPE_CHECKING:
    from dunnage.model.limits import Limits

_LINE = r"  ([\w.-]+):\s*$"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_USUAL = ("https://pub.dev", "https://pub.dartlang.org")
"""The public registry, under its present and its former name."""


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of Dart's package manager.

    Packages of the SDK and of directories are left out: they have no version of their own.

    Raises:
        InputError: If it is no mapping with packages.
        LimitError: If it is too large or nested too deeply.
    """
    written = decoded(data, limits, "lock file")
    documents = _small_yaml.documents(written, limits)
    document = table(documents[0]) if documents else {}
    if "packages" not in document:
        raise InputError("the lock file lists no packages")
    lines = line_of_keys(written, _LINE)
    found = ((key, table(value)) for key, value in table(document["packages"]).items())
    entries = [_entry(key, told, lines.get(key, 0)) for key, told in found]
    return Lock(tuple(entry for entry in entries if entry.name and entry.version))


def _entry(key: str, told: dict[str, object], line: int) -> Entry:
    """Return one package, without a name if no registry or repository holds it."""
    origin, described = told.get("source"), table(told.get("description"))
    needed, digest, url = (
        text(value)
        for value in (told.get("dependency"), described.get("sha256"), described.get("url"))
    )
    usual = origin == "hosted" and url.rstrip("/") in _USUAL
    return Entry(
        name=(text(described.get("name")) or text(key)) if origin in {"hosted", "git"} else "",
        version=text(told.get("version")),
        line=line,
        dev=needed == "direct dev",
        direct=needed.startswith("direct"),
        hashes=(("sha-256", digest),) if _SHA256.fullmatch(digest) else (),
        source="" if usual else url,
    )
