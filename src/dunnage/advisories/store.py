"""The advisory store: one SQLite file, opened read-only, looked up by ecosystem and name."""

from __future__ import annotations

import sqlite3
import zlib
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import msgspec

from dunnage.advisories._checks import (
    Keys,
    advisory_key,
    affected_key,
    fact_key,
    is_row,
    list_key,
    number_of,
    scope_of,
)
from dunnage.advisories._contents import SEAL, read_contents, read_meta
from dunnage.advisories._wire import (
    CHUNK,
    Detail,
    Fact,
    Packed,
    unpack_chunk,
    unpack_detail,
    unpack_fact,
    unpack_packed,
    unpack_scopes,
)
from dunnage.model.errors import InputError
from dunnage.model.report import Data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

SCHEMA = "2"
FILE = "advisories.sqlite"
_ADVICE = "rebuild it with: dunnage db update"
_DETAIL_BYTES = 1 << 26
_VALUE_BYTES = 1 << 28


def store_path(root: Path) -> Path:
    """Return where the store of a cache directory lies."""
    return root / FILE


def open_store(root: Path) -> Store | None:
    """Open the store of a cache directory, or return None if there is none.

    The file is opened read-only and never locked; an update puts a new file in its place and
    leaves this one readable until it is closed.

    Raises:
        InputError: If the file is no store, is damaged, or was made for another version.
    """
    path = store_path(root)
    if not path.is_file():
        return None
    try:
        link = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _broken(path, error) from error
    try:
        # Not mapped into memory: a page that cannot be read is to be an error, not a signal.
        link.execute("PRAGMA query_only=1")
        link.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_BYTES)
        return Store(path, link)
    except (sqlite3.Error, ValueError, TypeError, MemoryError) as error:
        link.close()
        raise _broken(path, error) from error
    except InputError:
        link.close()
        raise


def _broken(path: Path, error: Exception) -> InputError:
    return InputError(
        f"the advisory store cannot be read: {error}", where=str(path), advice=_ADVICE
    )


def damaged(path: Path, what: str) -> InputError:
    """Return the error of a store that is not as it was written."""
    return InputError(f"the advisory store is damaged: {what}", where=str(path), advice=_ADVICE)


class Store:
    """An opened advisory store. Close it, or use it as a context manager.

    What it says about itself is checked when it is opened. Every lookup checks the rows it reads,
    and that they are all there: for each ecosystem with its release, and for the CVEs of a year,
    every part of the store keeps a list of the keys of its rows. A lookup gives what was written,
    or raises ``InputError``.
    """

    def __init__(self, path: Path, link: sqlite3.Connection) -> None:
        self.path = path
        self._link = link
        self.meta = read_meta(link)
        schema = self.meta.get("schema")
        if schema is not None and schema != SCHEMA:
            raise InputError(
                "the advisory store was made for another version of this tool",
                where=str(path),
                advice=_ADVICE,
            )
        contents, seal = read_contents(link, self.meta)
        if self.meta.get(SEAL) != seal:
            raise damaged(path, "its list of contents is not what was written")
        self.parts = contents.parts
        self._releases: dict[str, int] = {}
        self._checked: dict[str, str] = {}
        self._probes: dict[str, set[str]] = {}
        self._holders: dict[tuple[bool, str], list[int]] = {}
        self._by_part: dict[int, list[tuple[str, int]]] = {}
        by_id = {part.id: part for part in self.parts}
        for number, release, records in contents.releases:
            part = by_id[number]
            self._releases[release] = self._releases.get(release, 0) + records
            self._checked[release] = min(self._checked.get(release, part.checked), part.checked)
            self._probes.setdefault(release, set()).add(part.keys)
            self._by_part.setdefault(number, []).append((release, records))
        for part in self.parts:
            for scope in unpack_scopes(part.scopes):
                self._holders.setdefault((part.feed == "osv", scope), []).append(part.id)
        self._lists: dict[tuple[bool, str], list[tuple[int, Keys]]] = {}
        self.detail = lru_cache(maxsize=4096)(self._detail)
        self._facts = lru_cache(maxsize=4096)(self._load_facts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._link.close()

    @property
    def releases(self) -> dict[str, int]:
        """Return the number of advisories per ecosystem with its release."""
        return dict(self._releases)

    def has(self, ecosystem: str) -> bool:
        """Return True if there is data for exactly this ecosystem and release."""
        return self._releases.get(ecosystem, 0) > 0

    def asked(self, ecosystem: str) -> tuple[str, str]:
        """Return which mirror gave an ecosystem, whatever the release, and when it last did.

        Both are empty if none did; the time is in ISO format.
        """
        base = ecosystem.partition(":")[0]
        found = [p for p in self.parts if p.feed == "osv" and p.name in {base, ecosystem}]
        newest = max(found, key=lambda part: part.checked, default=None)
        return (newest.mirror, newest.checked) if newest else ("", "")

    def knows(self, ecosystem: str) -> bool:
        """Return True if there is data for this ecosystem, whatever the release."""
        base = ecosystem.partition(":")[0]
        return any(name.partition(":")[0] == base for name in self._releases)

    def candidates(self, ecosystem: str, name: str) -> list[tuple[int, Packed]]:
        """Return what the parts of the store say about a package name, with the part's number."""
        number = number_of(name)
        expected: list[int] = []
        for part, keys in self._keys(ecosystem):
            expected += [part] * keys.rows(number)
        if not expected:
            return []
        found = self._all(
            "SELECT part, flush, sum, body FROM affected WHERE ecosystem = ? AND name = ?",
            (ecosystem, name),
        )
        self._agree("affected", expected, [row[0] for row in found])
        if len(found) > 1:
            self._agree("affected", len(found), len({row[:2] for row in found}))
        for part, flush, total, body in found:
            if not is_row(total, body, affected_key(ecosystem, name, part, flush)):
                raise self._changed("affected")
        try:
            return [(part, unpack_packed(body)) for part, _, _, body in found]
        except (msgspec.MsgspecError, ValueError) as error:
            raise _broken(self.path, error) from error

    def names(self, ecosystem: str) -> Iterable[str]:
        """Return all package names of an ecosystem and release."""
        lists = self._keys(ecosystem)
        total = sum(len(keys) for _, keys in lists)
        found = self._all(
            "SELECT part, name FROM affected WHERE ecosystem = ? LIMIT ?", (ecosystem, total + 1)
        )
        self._agree("affected", total, len(found))
        for number, keys in lists:
            if not keys.are(number_of(str(name)) for part, name in found if part == number):
                raise self._changed("affected")
        return dict.fromkeys(name for _, name in found)

    def _detail(self, part: int, number: int) -> Detail:
        """Return one advisory."""
        chunk, index = divmod(number, CHUNK)
        found = self._all(
            "SELECT sum, body FROM advisory WHERE part = ? AND chunk = ?", (part, chunk)
        )
        self._agree("advisory", 1, len(found))
        total, packed = found[0]
        if not is_row(total, packed, advisory_key(part, chunk)):
            raise self._changed("advisory")
        try:
            body = zlib.decompressobj().decompress(packed, _DETAIL_BYTES)
            return unpack_detail(unpack_chunk(body)[index])
        except (IndexError, msgspec.MsgspecError, ValueError, zlib.error) as error:
            raise _broken(self.path, error) from error

    def fact(self, kind: str, cve: str) -> Fact | None:
        """Return the newest statement about a CVE of one kind: ``nvd``, ``kev`` or ``epss``."""
        facts: dict[str, Fact] = self._facts(cve)
        return facts.get(kind)

    def _load_facts(self, cve: str) -> dict[str, Fact]:
        number = number_of(cve)
        lists = self._keys(scope_of(cve), advisories=False)
        expected = [part for part, keys in lists if keys.rows(number)]
        if not expected:
            return {}
        newest: dict[str, Fact] = {}
        found = self._all(
            "SELECT kind, part, sum, body FROM facts WHERE cve = ? ORDER BY part", (cve,)
        )
        self._agree("facts", expected, [row[1] for row in found])
        for kind, part, total, body in found:
            if not is_row(total, body, fact_key(cve, kind, part)):
                raise self._changed("facts")
            try:
                fact = unpack_fact(body)
            except (msgspec.MsgspecError, ValueError) as error:
                raise _broken(self.path, error) from error
            if kind not in newest or newest[kind].at < fact.at:
                newest[kind] = fact
        return newest

    def _keys(self, scope: str, *, advisories: bool = True) -> list[tuple[int, Keys]]:
        """Return the lists of keys of the parts that speak of an ecosystem, or of CVEs."""
        place = (advisories, scope)
        lists = self._lists.get(place)
        if lists is None:
            lists = [(part, self._list(part, scope)) for part in self._holders.get(place, ())]
            self._lists[place] = lists
        return lists

    def _list(self, part: int, scope: str) -> Keys:
        found = self._all("SELECT sum, body FROM keys WHERE part = ? AND scope = ?", (part, scope))
        self._agree("keys", 1, len(found))
        total, body = found[0]
        if not is_row(total, body, list_key(part, scope)):
            raise self._changed("keys")
        return Keys(body)

    def checked(self, ecosystems: Iterable[str] = ()) -> str:
        """Return the ISO time at which the oldest of the ecosystems was last known to be current.

        Without ecosystems, or with none that the store has, the time the store was built.
        """
        known = [self._checked[name] for name in ecosystems if name in self._checked]
        return min(known, default=self.meta.get("built", ""))

    def data(self, now: datetime, ecosystems: Iterable[str] = ()) -> Data:
        """Return what a report says about this store.

        Args:
            now: The time of the report.
            ecosystems: The ecosystems (with release) that were consulted.
        """
        wanted = tuple(sorted(set(ecosystems)))
        checked = self.checked(wanted)
        return Data(
            present=True,
            built=checked,
            age_days=age_days(checked, now),
            records=int(self.meta.get("records", "0")),
            ecosystems=tuple((name, self._releases.get(name, 0)) for name in wanted),
            digest=self.meta.get("digest", ""),
        )

    def releases_of(self, part: int) -> list[tuple[str, int]]:
        """Return the ecosystems (with release) of a part and its number of advisories of each."""
        return self._by_part.get(part, [])

    def each(self, query: str, values: tuple[object, ...]) -> Iterator[tuple[Any, ...]]:
        """Give the rows of a query one after the other, for reading a whole part.

        Raises:
            InputError: If the store cannot be read.
        """
        try:
            yield from self._link.execute(query, values)
        except (sqlite3.Error, ValueError, MemoryError) as error:
            raise _broken(self.path, error) from error

    def keys_of(self, ecosystem: str) -> set[str]:
        """Return the key probes of the parts that hold an ecosystem; see ``_probe``."""
        return self._probes.get(ecosystem, set())

    def _agree(self, table: str, expected: object, found: object) -> None:
        if expected != found:
            raise damaged(
                self.path, f"rows of its table {table} are missing, or there are too many"
            )

    def _changed(self, table: str) -> InputError:
        return damaged(self.path, f"a row of its table {table} is not what was written")

    def _all(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._link.execute(query, values).fetchall()
        except (sqlite3.Error, ValueError, MemoryError) as error:
            raise _broken(self.path, error) from error


def age_days(then: str, now: datetime) -> float:
    """Return the days between an ISO time and ``now``, never negative, or -1.0 if unknown."""
    try:
        start = datetime.fromisoformat(then)
    except ValueError:
        return -1.0
    if start.tzinfo is None or now.tzinfo is None:
        start, now = start.replace(tzinfo=None), now.replace(tzinfo=None)
    return max(0.0, (now - start).total_seconds() / 86400)
