"""Joins an rpm database in SQLite with the write-ahead log beside it.

A program that was killed, or an image made while one ran, leaves changes in ``rpmdb.sqlite-wal``
which belong to the database: SQLite would apply them when it opens it. Database and log may come
from different layers, so each leaves the shape of what it holds in the notes of its fact, and
packages are joined page by page: a page of the log replaces that of the database. A row's number
is never used for another package, so a row whose content did not move into the log is the one
known from the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.cataloger import Fact
from dunnage.model.errors import InputError, LimitError
from dunnage.model.problem import Problem
from dunnage.parsers import rpmdb_sqlite, sqlite_wal
from dunnage.parsers._pages import Pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dunnage.model.cataloger import File
    from dunnage.model.package import Package
    from dunnage.parsers.rpmdb_sqlite import Row, Tree

SUFFIX = "-wal"
NO_TABLE = "no-package-table"


def rows(file: File, tree: Tree) -> Iterator[Row]:
    """Give those rows of a log that may be packages, and fill the tree with all its table pages.

    Raises:
        InputError: If the file is no write-ahead log.
        LimitError: If it is too large or has too many rows.
    """
    size, offsets = sqlite_wal.committed(file.body.read, file.size)
    pages = Pages(file.body.read, size, max(offsets, default=0), first=1, offsets=offsets)
    if 1 in offsets:
        pages, usable = _with_head(file, pages, offsets, tree)
    else:
        usable = size
    count = 0
    for number in sorted(offsets):
        count += len(tree.rows.get(number - 1, ()))
        if count > file.limits.packages:
            raise LimitError("the write-ahead log holds more rows than an rpm database can")
        try:
            page = file.body.read(offsets[number], size)
            kind, cells = rpmdb_sqlite.cells_of(page, first=number == 1)
            if kind == rpmdb_sqlite.INTERIOR:
                tree.children[number] = rpmdb_sqlite.children_of(page, cells, first=number == 1)
            elif kind == rpmdb_sqlite.LEAF:
                yield from _leaf(pages, usable, page, number, cells, tree)
        except InputError:
            continue


def _with_head(file: File, pages: Pages, offsets: dict[int, int], tree: Tree) -> tuple[Pages, int]:
    """Read the file header and the schema out of the log, as far as they are there."""
    first = file.body.read(offsets[1], pages.size)
    usable = pages.size - first[20]
    try:
        tree.root = rpmdb_sqlite.find_table(pages, usable, "Packages")
    except InputError:
        tree.root = 0
    fresh = Pages(file.body.read, pages.size, pages.count, first=1, offsets=offsets)
    return fresh, usable


def _leaf(
    pages: Pages, usable: int, page: bytes, number: int, cells: tuple[int, ...], tree: Tree
) -> Iterator[Row]:
    tree.rows[number] = rpmdb_sqlite.row_numbers(page, cells)
    for row in rpmdb_sqlite.leaf_rows(pages, usable, page, number, cells):
        if isinstance(row, InputError):
            continue
        try:
            yield replace(row, payload=rpmdb_sqlite.header_of(row.payload))
        except InputError:
            continue


def notes(tree: Tree, places: Iterable[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
    """Return a tree, and page and row of every package of a fact, as notes."""
    return (
        ("root", str(tree.root)),
        *((f"children {page}", _joined(found)) for page, found in tree.children.items()),
        *((f"rows {page}", _joined(found)) for page, found in tree.rows.items()),
        ("places", " ".join(f"{page}:{row}" for page, row in places)),
    )


def _joined(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))


def join(database: Fact, log: Fact) -> Fact:
    """Return the fact of the database as it is with its log."""
    base, changes = _Half(database), _Half(log)
    children = base.children | changes.children
    found: list[Package] = []
    missing = 0
    stack, seen = [changes.root or base.root], set[int]()
    while stack:
        page = stack.pop()
        if page in seen:
            continue
        seen.add(page)
        if page in changes.rows:
            for row in changes.rows[page]:
                package = changes.packages.get((page, row)) or base.by_row.get(row)
                if package is None:
                    missing += 1
                else:
                    found.append(package)
        elif page in changes.children or page not in base.rows:
            stack += reversed(children.get(page, []))
        else:
            found += [base.by_row[row] for row in base.rows[page] if row in base.by_row]
    names = {package.name for package in found}
    problems = database.problems
    if changes.root:
        problems = tuple(problem for problem in problems if problem.code != NO_TABLE)
    if missing:
        text = "packages of the write-ahead log could not be read"
        problems += (Problem("broken-package-record", text, log.path, count=missing),)
    files = {pair for pair in (*database.files, *log.files) if pair[0] in names}
    return replace(
        database, packages=tuple(found), files=tuple(sorted(files)), notes=(), problems=problems
    )


class _Half:
    """What one of the two facts knows."""

    def __init__(self, fact: Fact) -> None:
        self.root = 0
        self.children: dict[int, list[int]] = {}
        self.rows: dict[int, list[int]] = {}
        places: list[tuple[int, int]] = []
        for key, value in fact.notes:
            kind, _, page = key.partition(" ")
            if kind == "root":
                self.root = int(value)
            elif kind == "children":
                self.children[int(page)] = [int(text) for text in value.split()]
            elif kind == "rows":
                self.rows[int(page)] = [int(text) for text in value.split()]
            elif kind == "places":
                pairs = (text.partition(":") for text in value.split())
                places = [(int(page), int(row)) for page, _, row in pairs]
        self.packages = dict(zip(places, fact.packages, strict=False))
        self.by_row = {row: package for (_, row), package in self.packages.items()}


def apply(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Join every log with the database of its directory; notes have then done their work."""
    logs = {fact.path.removesuffix(SUFFIX): fact for fact in facts if fact.path.endswith(SUFFIX)}
    for fact in facts:
        if fact.path.endswith(SUFFIX):
            continue
        log = logs.pop(fact.path, None)
        yield replace(fact, notes=()) if log is None or not log.notes else join(fact, log)
    for log in logs.values():
        # The database itself was never read (it was empty, or too large).
        yield join(Fact(log.cataloger, log.path), log) if log.notes else log
