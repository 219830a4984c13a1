"""Writes a new store beside the old one; nothing is visible until it takes the old one's place."""

from __future__ import annotations

import os
import sqlite3
import zlib
from array import array
from typing import TYPE_CHECKING

from dunnage.advisories._checks import (
    advisory_key,
    affected_key,
    fact_key,
    is_whole,
    list_key,
    number_of,
    pack_keys,
    row_sum,
    scope_of,
    stamp_file,
)
from dunnage.advisories._contents import SEAL, read_contents, read_meta
from dunnage.advisories._wire import CHUNK, Cold, Detail, Fact, Packed, pack
from dunnage.advisories.store import SCHEMA
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dunnage.advisories._feed import Part, Told
    from dunnage.advisories._mirror import Fetched

FLUSH_SPANS = 200_000
FLUSH_DETAILS = 4_096
FLUSH_FACTS = 20_000
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


class PartWriter:
    """Takes what a feed reads from one part; the ``Sink`` of the feed."""

    def __init__(self, link: sqlite3.Connection, number: int, part: Part, day: str) -> None:
        self._link = link
        self._number = number
        self._part = part
        self._day = day
        self._counts = {"skipped": 0, "ignored": 0}
        self._records = 0
        self._facts: dict[str, bytes] = {}
        self._fact_count = 0
        self._details: list[Detail] = []
        self._chunk = 0
        self._told: dict[tuple[str, str], list[Told]] = {}
        self._spans = 0
        self._flush = 0
        self._releases: dict[str, int] = {}
        self._newest = ""
        self._keys: dict[str, array[int]] = {}

    def advisory(self, detail: Detail, told: list[Told]) -> None:
        """Keep an advisory and what it says about packages."""
        number = self._records
        self._records += 1
        self._details.append(detail)
        for ecosystem in {entry.ecosystem for entry in told}:
            self._releases[ecosystem] = self._releases.get(ecosystem, 0) + 1
        for entry in told:
            if not entry.spans:
                continue
            entry.row.number = number
            self._told.setdefault((entry.ecosystem, entry.name), []).append(entry)
            self._spans += len(entry.spans)
        if self._spans >= FLUSH_SPANS:
            self._flush_told()
        if len(self._details) >= FLUSH_DETAILS:
            self._flush_details()

    def fact(self, cve: str, fact: Fact) -> None:
        """Keep a statement about a CVE."""
        self._facts[cve] = pack(fact)
        self._fact_count += 1
        if len(self._facts) >= FLUSH_FACTS:
            self._flush_facts()

    def count(self, outcome: str) -> None:
        """Count a record that is not kept."""
        self._counts[outcome] += 1

    def seen(self, modified: str) -> None:
        """Tell the modification time of a record; those in the future are not believed."""
        if self._newest < modified <= self._day:
            self._newest = modified

    def finish(self, facts: dict[str, str], *, matched: bool) -> tuple[int, int, int]:
        """Write what is left; return the numbers of records kept, skipped and ignored.

        Args:
            facts: ``mirror``, ``location``, ``validator``, ``digest``, ``checked`` and ``keys``.
            matched: False if versions of this ecosystem cannot be compared.
        """
        self._flush_told()
        self._flush_details()
        self._flush_facts()
        kept = self._records + self._fact_count
        self._link.executemany(
            "INSERT INTO releases VALUES(?, ?, ?)",
            [(self._number, name, count) for name, count in sorted(self._releases.items())]
            if matched
            else [],
        )
        scopes = self._write_keys()
        self._link.execute(
            "INSERT INTO parts VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                self._number,
                self._part.feed,
                self._part.name,
                facts["mirror"],
                facts["location"],
                facts["validator"],
                facts["digest"],
                facts["checked"],
                facts["checked"],
                self._newest,
                kept,
                self._counts["skipped"],
                self._counts["ignored"],
                int(matched),
                facts["keys"],
                pack(scopes),
            ),
        )
        return kept, self._counts["skipped"], self._counts["ignored"]

    def _write_keys(self) -> list[str]:
        """Write the lists of keys; return what they are about."""
        for scope, numbers in self._keys.items():
            # A CVE that a part tells twice has one row, of what was told last.
            body = pack_keys(set(numbers) if self._fact_count else numbers)
            total = row_sum(body, list_key(self._number, scope))
            self._link.execute(
                "INSERT INTO keys VALUES(?,?,?,?)", (self._number, scope, total, body)
            )
        return sorted(self._keys)

    def _list(self, scope: str, key: str) -> None:
        self._keys.setdefault(scope, array("Q")).append(number_of(key))

    def _flush_told(self) -> None:
        rows = []
        for (ecosystem, name), told in sorted(self._told.items()):
            self._list(ecosystem, name)
            key = (ecosystem, name, self._number, self._flush)
            body = _packed(told)
            rows.append((*key, row_sum(body, affected_key(*key)), body))
        self._link.executemany("INSERT INTO affected VALUES(?,?,?,?,?,?)", rows)
        self._told.clear()
        self._spans = 0
        self._flush += 1

    def _flush_details(self) -> None:
        rows = []
        for start in range(0, len(self._details), CHUNK):
            body = zlib.compress(pack(self._details[start : start + CHUNK]), 3)
            key = (self._number, self._chunk)
            rows.append((*key, row_sum(body, advisory_key(*key)), body))
            self._chunk += 1
        self._link.executemany("INSERT INTO advisory VALUES(?,?,?,?)", rows)
        self._details.clear()

    def _flush_facts(self) -> None:
        rows = []
        for cve, body in sorted(self._facts.items()):
            self._list(scope_of(cve), cve)
            key = (cve, self._part.feed, self._number)
            rows.append((*key, row_sum(body, fact_key(*key)), body))
        self._link.executemany("REPLACE INTO facts VALUES(?,?,?,?,?)", rows)
        self._facts.clear()


def _packed(told: list[Told]) -> bytes:
    spans = [(index, *span) for index, entry in enumerate(told) for span in entry.spans]
    cold = Cold([entry.row for entry in told], [(span[4], span[5]) for span in spans])
    return pack(
        Packed(
            rows=[span[0] for span in spans],
            lows=[span[1] for span in spans],
            highs=[span[2] for span in spans],
            kinds=[span[3] for span in spans],
            cold=pack(cold),
        )
    )


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
