"""Writes one part of a store: what a feed reads, or finished rows of another store."""

from __future__ import annotations

import zlib
from array import array
from typing import TYPE_CHECKING, NamedTuple

from dunnage.advisories._checks import (
    advisory_key,
    affected_key,
    fact_key,
    list_key,
    number_of,
    pack_keys,
    row_sum,
    scope_of,
)
from dunnage.advisories._wire import CHUNK, Cold, Detail, Fact, Packed, pack

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection

    from msgspec import Raw

    from dunnage.advisories._feed import Part, Told

FLUSH_SPANS = 200_000
FLUSH_DETAILS = 4_096
FLUSH_FACTS = 20_000


class Counts(NamedTuple):
    """How much a finished part holds.

    Attributes:
        advisories: Advisories kept.
        facts: Statements about CVEs that were read; of two about one CVE, the last is kept.
        skipped: Records that could not be understood.
        ignored: Records left out on purpose.
        newest: ISO time of the newest record, or empty.
        releases: Number of advisories by ecosystem with its release.
    """

    advisories: int
    facts: int
    skipped: int
    ignored: int
    newest: str
    releases: dict[str, int]


class PartWriter:
    """Takes what a feed reads from one part; the ``Sink`` of the feed."""

    def __init__(self, link: Connection, number: int, part: Part, day: str) -> None:
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

    def put_affected(self, rows: Iterable[tuple[str, str, int, bytes]]) -> None:
        """Keep finished rows: ecosystem, name, number of the flush, and a packed ``Packed``."""
        made = []
        for ecosystem, name, flush, body in rows:
            self._list(ecosystem, name)
            key = (ecosystem, name, self._number, flush)
            made.append((*key, row_sum(body, affected_key(*key)), body))
        self._link.executemany("INSERT INTO affected VALUES(?,?,?,?,?,?)", made)

    def put_chunks(self, chunks: Iterable[list[Detail] | list[Raw]]) -> None:
        """Keep the next advisories, ``CHUNK`` of them at a time but for the very last."""
        rows = []
        for chunk in chunks:
            body = zlib.compress(pack(chunk), 3)
            key = (self._number, self._chunk)
            rows.append((*key, row_sum(body, advisory_key(*key)), body))
            self._chunk += 1
        self._link.executemany("INSERT INTO advisory VALUES(?,?,?,?)", rows)

    def put_facts(self, facts: Iterable[tuple[str, bytes]]) -> None:
        """Keep packed facts by CVE."""
        rows = []
        for cve, body in facts:
            self._list(scope_of(cve), cve)
            key = (cve, self._part.feed, self._number)
            rows.append((*key, row_sum(body, fact_key(*key)), body))
        self._link.executemany("REPLACE INTO facts VALUES(?,?,?,?,?)", rows)

    def told(self, told: Counts) -> None:
        """Take over what the end of a finished part says of it, instead of counting."""
        self._records, self._fact_count = told.advisories, told.facts
        self._counts = {"skipped": told.skipped, "ignored": told.ignored}
        self._releases = dict(told.releases)
        self.seen(told.newest)

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
        rows = [
            (ecosystem, name, self._flush, _packed(told))
            for (ecosystem, name), told in sorted(self._told.items())
        ]
        self.put_affected(rows)
        self._told.clear()
        self._spans = 0
        self._flush += 1

    def _flush_details(self) -> None:
        details = self._details
        self.put_chunks([details[at : at + CHUNK] for at in range(0, len(details), CHUNK)])
        self._details.clear()

    def _flush_facts(self) -> None:
        self.put_facts(sorted(self._facts.items()))
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
