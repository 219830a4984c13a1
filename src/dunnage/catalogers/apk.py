"""Packages of Alpine Linux, Wolfi, Chainguard and others that use apk.

The database is ``lib/apk/db/installed``; where ``/usr`` is merged it is
``usr/lib/apk/db/installed``.
"""

from __future__ import annotations

from dunnage.catalogers._os import Problems, lines
from dunnage.model.cataloger import Cataloger, Fact, File
from dunnage.model.errors import InputError
from dunnage.model.package import Package
from dunnage.parsers import apkdb


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
        packages.append(_package(record))
        owned.extend((record.name, path) for path in record.files)
    return Fact(packages=tuple(packages), files=tuple(owned), problems=problems.all())


def _package(record: apkdb.Record) -> Package:
    """Return the package; apk builds all packages of one origin in one version."""
    return Package(
        type="apk",
        name=record.name,
        version=record.version,
        arch=record.arch,
        source=record.origin,
        source_version=record.version if record.origin else "",
        licenses=(record.license,) if record.license else (),
        depends=record.depends,
        provides=tuple(name for name in record.provides if name != record.name),
        supplier=record.maintainer,
    )


cataloger = Cataloger(
    parse=_parse,
    version=1,
    types=("apk",),
    system=True,
    paths=("lib/apk/db/installed",),
    max_size=64 * 1024 * 1024,
    database=True,
)
