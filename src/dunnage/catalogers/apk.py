"""Packages of Alpine Linux, Wolfi, Chainguard and others that use apk.

The database is ``lib/apk/db/installed``; where ``/usr`` is merged it is
``usr/lib/apk/db/installed``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.catalogers._os import Problems, lines
from dunnage.model.cataloger import Cataloger, Fact, File
from dunnage.model.errors import InputError
from dunnage.parsers import apkdb

if TYPE_CHECKING:
    from dunnage.model.package import Package


def _parse(file: File) -> Fact:
    packages: list[Package] = []
    owned: list[tuple[str, str]] = []
    problems = Problems(file)
    for record in apkdb.records(lines(file), file.evidence):
        if problems.stop(len(packages)):
            break
        if isinstance(record, InputError):
            problems.add("broken-package-record", record)
            continue
        packages.append(apkdb.package_of(record))
        owned.extend((record.name, path) for path in record.files)
    return Fact(packages=tuple(packages), files=tuple(owned), problems=problems.all())


cataloger = Cataloger(
    parse=_parse,
    version=1,
    types=("apk",),
    system=True,
    paths=("lib/apk/db/installed",),
    max_size=64 * 1024 * 1024,
    database=True,
)
