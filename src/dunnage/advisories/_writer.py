"""Writes a new store beside the old one; nothing is visible until it takes the old one's place."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from dunnage.advisories._checks import is_whole, stamp_file
from dunnage.advisories._contents import SEAL, read_contents, read_meta
from dunnage.advisories._part_writer import PartWriter
from dunnage.advisories.store import SCHEMA
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dunnage.advisories._feed import Part
    from dunnage.advisories._mirror import Fetched

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE parts(
  id INTEGER PRIMARY KEY, feed TEXT NOT NULL, name TEXT NOT NULL, mirror TEXT NOT NULL,
  location TEXT NOT NULL, validator TEXT NOT NULL, digest TEXT NOT NULL, checked TEXT NOT NULL,
  changed TEXT NOT NULL, newest TEXT NOT NULL, records INTEGER NOT NULL, skipped INTEGER NOT NULL,
  ignored INTEGER NOT NULL, matched INTEGER NOT NULL, keys TEXT NOT NULL,
  scopes BLOB NOT NULL, UNIQUE(feed, name));
CREATE TABLE releases(
  part INTEGER, ecosystem TEXT, records INTEGER NOT NULL,
  PRIMARY KEY(part, ecosystem)) WITHOUT ROWID;
CREATE TABLE keys(
  part INTEGER, scope TEXT, sum INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(part, scope)) WITHOUT ROWID;
CREATE TABLE affected(
  ecosystem TEXT, name TEXT, part INTEGER, flush INTEGER, sum INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(ecosystem, name, part, flush)) WITHOUT ROWID;
CREATE TABLE advisory(
  part INTEGER, chunk INTEGER, sum INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(part, chunk)) WITHOUT ROWID;
CREATE TABLE facts(
  cve TEXT, kind TEXT, part INTEGER, sum INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(cve, kind, part)) WITHOUT ROWID;
"""


class Writer:
    """A store being made.

    Args:
        path: A file that does not exist yet, or a copy of the old store.
        fresh: True if the tables are to be made.
    """

    def __init__(self, path: Path, *, fresh: bool) -> None:
        self.path = path
        self._link = sqlite3.connect(path, isolation_level=None)
        # The file becomes the store by being renamed after fsync, so the journal only has to
        # undo a part that turns out to be broken.
        self._link.execute("PRAGMA journal_mode=DELETE")
        self._link.execute("PRAGMA synchronous=OFF")
        self._link.execute("PRAGMA cache_size=-32768")
        if fresh:
            self._link.execute("PRAGMA page_size=8192")
            self._link.executescript(_TABLES)
        self._link.execute("BEGIN")

    def begin(self) -> None:
        """Begin something that may have to be undone."""
        self._link.execute("SAVEPOINT part")

    def undo(self) -> None:
        """Undo everything since ``begin``: the old part stays."""
        self._link.execute("ROLLBACK TO part")
        self._link.execute("RELEASE part")

    def accept(self) -> None:
        """Keep everything since ``begin``."""
        self._link.execute("RELEASE part")

    def abandon(self) -> None:
        """Close the file without finishing it."""
        self._link.close()

    def part(self, part: Part, day: str) -> PartWriter:
        """Begin a part, dropping what an earlier store had of it.

        Args:
            part: The part.
            day: ISO time of the update; modification times after it are not believed.
        """
        self.drop(part.feed, part.name)
        (number,) = self._link.execute("SELECT coalesce(max(id), 0) + 1 FROM parts").fetchone()
        return PartWriter(self._link, number, part, day)

    def drop(self, feed: str, name: str) -> None:
        """Remove a part with everything that came from it."""
        found = self._link.execute(
            "SELECT id FROM parts WHERE feed = ? AND name = ?", (feed, name)
        ).fetchone()
        if found is None:
            return
        run = self._link.execute
        run(
            "DELETE FROM affected WHERE part = ? AND ecosystem IN"
            " (SELECT ecosystem FROM releases WHERE part = ?)",
            (found[0], found[0]),
        )
        run("DELETE FROM facts WHERE kind = ? AND part = ?", (feed, found[0]))
        for table in ("advisory", "keys", "releases"):
            run(f"DELETE FROM {table} WHERE part = ?", found)  # noqa: S608 - three fixed names
        run("DELETE FROM parts WHERE id = ?", found)

    def keep(self, part: Part, fetched: Fetched, checked: str) -> tuple[int, int, int]:
        """Tell that a part was found unchanged; return what it holds as ``PartWriter.finish``."""
        name = (part.feed, part.name)
        self._link.execute(
            "UPDATE parts SET checked = ?, validator = ?, location = ? WHERE feed = ? AND name = ?",
            (checked, fetched.validator, fetched.location, *name),
        )
        counts: tuple[int, int, int] = self._link.execute(
            "SELECT records, skipped, ignored FROM parts WHERE feed = ? AND name = ?", name
        ).fetchone()
        return counts

    def finish(self, meta: dict[str, str]) -> None:
        """Write what describes the whole and its checksums, and force everything to disk."""
        run = self._link.execute
        (records,) = run("SELECT coalesce(sum(records), 0) FROM parts WHERE feed='osv'").fetchone()
        digests = run("SELECT feed, name, digest, keys FROM parts ORDER BY feed, name").fetchall()
        digest = _digest(SCHEMA, digests)
        entries = {**meta, "schema": SCHEMA, "records": str(records), "digest": digest}
        self._link.executemany("REPLACE INTO meta VALUES(?, ?)", sorted(entries.items()))
        _, seal = read_contents(self._link, read_meta(self._link))
        run("REPLACE INTO meta VALUES(?, ?)", (SEAL, seal))
        run("COMMIT")
        self._link.close()
        stamp_file(self.path)
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _digest(schema: str, rows: Iterable[tuple[str, ...]]) -> str:
    from hashlib import sha256

    whole = sha256(schema.encode())
    for row in rows:
        whole.update("\0".join(row).encode() + b"\n")
    return whole.hexdigest()


def copy_store(old: Path, new: Path) -> bool:
    """Copy an old store to start from; False if it is missing, damaged or of another version."""
    from shutil import copyfile

    from dunnage.advisories.store import open_store

    try:
        store = open_store(old.parent)
        if store is None:
            return False
        store.close()
        copyfile(old, new)
        return is_whole(new)
    except (InputError, OSError):
        return False
