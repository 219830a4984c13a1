"""Packages of Red Hat, AlmaLinux, Rocky, SUSE, Fedora, Azure Linux and others that use rpm.

The database is in ``var/lib/rpm``, ``usr/lib/sysimage/rpm`` or ``usr/share/rpm``, in one of three
formats: Berkeley DB (``Packages``), ndb (``Packages.db``) or SQLite (``rpmdb.sqlite``). Images of
Azure Linux without rpm (distroless) have a list in ``var/lib/rpmmanifest`` instead. The readers
are only imported where there is something to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dunnage.model.cataloger import Fact, File

_FOLDERS = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
_NAMES = ("Packages", "Packages.db", "rpmdb.sqlite", "rpmdb.sqlite-wal")
_MANIFEST = "var/lib/rpmmanifest/container-manifest-2"


def _parse(file: File) -> Fact | None:
    from dunnage.catalogers._rpm import parse

    return parse(file)


def _assemble(facts: Sequence[Fact]) -> Iterable[Fact]:
    if not facts:
        return facts
    from dunnage.catalogers._rpm_wal import apply

    return apply(facts)


cataloger = Cataloger(
    parse=_parse,
    version=1,
    types=("rpm",),
    system=True,
    paths=(*(f"{folder}/{name}" for folder in _FOLDERS for name in _NAMES), _MANIFEST),
    max_size=1024 * 1024 * 1024,
    database=True,
    assemble=_assemble,
)
