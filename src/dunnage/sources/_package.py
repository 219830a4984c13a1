"""Gives a package file as an inventory of one package."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.errors import InputError, LimitError
from dunnage.model.inventory import Inventory
from dunnage.model.location import Location
from dunnage.model.problem import Effect, Problem
from dunnage.model.target import Listed

if TYPE_CHECKING:
    from dunnage.model.limits import Limits
    from dunnage.parsers.package_file import PackageFile
    from dunnage.sources._stored import Stored

FOUND_BY = "package-file"
_STEP = 1024 * 1024


class Reading:
    """A stored file as parsers read it."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self.size = stored.size

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        length = min(length, self.size - offset)
        return self._stored.read_at(offset, length) if length > 0 <= offset else b""


def package_of(stored: Stored, limits: Limits) -> Listed | None:
    """Return the package a deb, rpm, apk, wheel or npm tarball holds; None for other files.

    The distribution is not known: no package file says it in a way that could be relied on.

    Raises:
        InputError: If it is a broken package file, or one of a format that is not read.
        LimitError: If it is larger than the limits allow.
    """
    from dunnage.parsers.package_file import read

    try:
        found = read(Reading(stored), limits)
    except InputError as error:
        kind = LimitError if isinstance(error, LimitError) else InputError
        where = f"{stored.name}: {error.where}" if error.where else stored.name
        raise kind(error.message, where=where, advice=error.advice) from error
    return None if found is None else _listed(stored, found)


def base_name(stored: Stored) -> str:
    """Return the last part of a file's name; bytes that are no UTF-8 become escapes."""
    name = stored.name.rstrip("/").rpartition("/")[2]
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _listed(stored: Stored, found: PackageFile) -> Listed:
    name = base_name(stored)
    package = replace(
        found.package,
        hashes=_hashes(stored),
        found_by=FOUND_BY,
        locations=(Location(name),),
    )
    inventory = Inventory(packages=(replace(package, ref=str(package.purl)),))
    return Listed(stored.name, "file", inventory, problems=_unread(found, name))


def _unread(found: PackageFile, name: str) -> tuple[Problem, ...]:
    """Say what was not looked at, so that nobody takes the package for all that is in the file."""
    if found.bundled:
        bundled = Problem(
            "bundled-packages",
            f"the {found.bundled} packages that are bundled in it were not examined",
            where=name,
            advice="scan its content with dir:",
            count=found.bundled,
        )
        return (bundled,)
    whole = Problem(
        "content-not-examined",
        "the package itself was examined, not the programs and archives packed in it",
        where=name,
        advice="scan the image or directory it is installed in",
        effect=Effect.NOTE,
    )
    return (whole,)


def _hashes(stored: Stored) -> tuple[tuple[str, str], ...]:
    """Return the hashes of the whole file."""
    sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
    at = 0
    while chunk := stored.read_at(at, _STEP):
        sha1.update(chunk)
        sha256.update(chunk)
        at += len(chunk)
    return (("sha-1", sha1.hexdigest()), ("sha-256", sha256.hexdigest()))
