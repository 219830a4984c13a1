"""Reads rpm databases of every format into packages.

The database is in ``var/lib/rpm``, ``usr/lib/sysimage/rpm`` or ``usr/share/rpm``, in one of three
formats: Berkeley DB (``Packages``), ndb (``Packages.db``) or SQLite (``rpmdb.sqlite``). Images of
Azure Linux without rpm (distroless) have a list in ``var/lib/rpmmanifest`` instead. Tags are
described at https://rpm-software-management.github.io/rpm/manual/tags.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.catalogers import _rpm_wal
from dunnage.catalogers._os import Problems, lines
from dunnage.model.cataloger import Fact, File
from dunnage.model.errors import InputError, LimitError
from dunnage.model.package import Package
from dunnage.parsers import rpm_header, rpmdb_bdb, rpmdb_ndb, rpmdb_sqlite
from dunnage.parsers.rpm_header import Header, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dunnage.parsers.rpmdb_sqlite import Row, Tree


MOST_PATHS = 64 * 1024 * 1024
"""Characters of the owned paths of one database that are kept."""


class _Reading:
    """Gathers what one database says."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.packages: list[Package] = []
        self.files: list[tuple[str, str]] = []
        self.room = MOST_PATHS
        self.places: list[tuple[int, int]] = []
        self.problems = Problems(file)

    def headers(self, blobs: Iterable[bytes | InputError]) -> None:
        """Add the packages of all headers."""
        for blob in blobs:
            if self.problems.stop(len(self.packages)):
                return
            if isinstance(blob, InputError):
                self.problems.add("broken-package-record", blob)
            else:
                self._header(blob)

    def rows(self, rows: Iterable[Row | InputError], *, strict: bool) -> None:
        """Add the packages of all rows; if not strict, rows may also be something else."""

        def blobs() -> Iterator[bytes | InputError]:
            for row in rows:
                if isinstance(row, InputError):
                    yield row
                    continue
                before = len(self.packages)
                if strict or _is_header(row.payload):
                    yield row.payload
                if len(self.packages) > before:
                    self.places.append((row.page, row.number))

        self.headers(blobs())

    def _header(self, blob: bytes) -> None:
        """Add one package."""
        try:
            header = Header(blob)
            package = _package(header)
        except InputError as error:
            self.problems.add("broken-package-record", error)
            return
        self.packages.append(package)
        name, wanted = package.name, self.file.evidence
        try:
            for full in header.files():
                path = full.removeprefix("/")
                if wanted(path):
                    self.room -= len(path)
                    if self.room < 0:
                        raise LimitError(f"file lists of more than {MOST_PATHS} characters")
                    self.files.append((name, path))
        except InputError as error:
            error.where = f"package {name}"
            self.problems.add("broken-file-list", error)

    def fact(self, tree: Tree | None = None) -> Fact:
        """Return the fact."""
        return Fact(
            packages=tuple(self.packages),
            files=tuple(dict.fromkeys(self.files)),
            notes=_rpm_wal.notes(tree, self.places) if tree else (),
            problems=self.problems.all(),
        )


def parse(file: File) -> Fact | None:
    """Read one database, write-ahead log or package list."""
    if file.size == 0:
        return Fact()
    reading = _Reading(file)
    read = file.body.read
    head = read(0, 16)
    tree = rpmdb_sqlite.Tree()
    if file.path.endswith("/container-manifest-2"):
        return _manifest(file)
    if file.path.endswith(_rpm_wal.SUFFIX):
        reading.rows(_rpm_wal.rows(file, tree), strict=False)
        return reading.fact(tree) if tree.rows or tree.children else None
    if head == rpmdb_sqlite.MAGIC:
        try:
            reading.rows(rpmdb_sqlite.rows(read, file.size, tree), strict=True)
        except InputError as error:
            reading.problems.add(_rpm_wal.NO_TABLE, error)
        return reading.fact(tree)
    blobs = rpmdb_ndb.blobs if head[:4] == rpmdb_ndb.MAGIC else rpmdb_bdb.blobs
    reading.headers(blobs(read, file.size))
    return reading.fact()


def _is_header(blob: bytes) -> bool:
    try:
        return bool(Header(blob).text(Tag.NAME))
    except InputError:
        return False


def _package(header: Header) -> Package:
    """Return the package a header describes.

    Raises:
        InputError: If a tag is broken, or name or version is missing.
    """
    package = rpm_header.package_of(header)
    if not package.name or not package.version:
        missing = "version" if package.name else "name"
        raise InputError(f"a package has no {missing}", where=package.name)
    return package


def _manifest(file: File) -> Fact:
    """Read a list of packages as Azure Linux's distroless images have it.

    A line has ten fields separated by tabs: name, version-release, install time, build time,
    vendor, epoch or ``(none)``, size, architecture, epoch as number, source package.
    """
    packages: list[Package] = []
    problems = Problems(file)
    for number, line in enumerate(lines(file), 1):
        fields = ["" if text == "(none)" else text for text in line.rstrip("\n").split("\t")]
        if fields == [""]:
            continue
        if problems.stop(len(packages)):
            break
        if len(fields) < 10 or not fields[0] or not fields[1]:
            error = InputError("not a line of a package list", where=f"line {number}")
            problems.add("broken-package-record", error)
            continue
        source, source_version = rpm_header.source(fields[9])
        packages.append(
            Package(
                type="rpm",
                name=fields[0],
                version=f"{fields[5]}:{fields[1]}" if fields[5] else fields[1],
                arch=fields[7],
                source=source,
                source_version=source_version,
                supplier=fields[4],
            )
        )
    return Fact(packages=tuple(packages), problems=problems.all())
