"""The advisory store: one SQLite file, opened read-only, looked up by ecosystem and name."""

from __future__ import annotations

import sqlite3
import zlib
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import msgspec

from dunnage.advisories._wire import (
    CHUNK,
    Detail,
    Fact,
    Packed,
    unpack_chunk,
    unpack_detail,
    unpack_fact,
    unpack_packed,
)
from dunnage.model.errors import InputError
from dunnage.model.report import Data

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

SCHEMA = "1"
FILE = "advisories.sqlite"
MMAP_BYTES = 1 << 31
_ADVICE = "rebuild it with: dunnage db update"
_DETAIL_BYTES = 1 << 26


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
        link.execute(f"PRAGMA mmap_size={MMAP_BYTES}")
        link.execute("PRAGMA query_only=1")
        return Store(path, link)
    except (sqlite3.Error, ValueError) as error:
        link.close()
        raise _broken(path, error) from error
    except InputError:
        link.close()
        raise


def _broken(path: Path, error: Exception) -> InputError:
    return InputError(
        f"the advisory store cannot be read: {error}", where=str(path), advice=_ADVICE
    )


class Store:
    """An opened advisory store. Close it, or use it as a context manager.

    Every lookup raises ``InputError`` if the file turns out to be damaged.
    """

    def __init__(self, path: Path, link: sqlite3.Connection) -> None:
        self.path = path
        self._link = link
        self.meta: dict[str, str] = dict(self._all("SELECT key, value FROM meta"))
        if self.meta.get("schema") != SCHEMA:
            raise InputError(
                "the advisory store was made for another version of this tool",
                where=str(path),
                advice=_ADVICE,
            )
        self._releases: dict[str, int] = {}
        self._checked: dict[str, str] = {}
        for release, records, checked in self._all(
            "SELECT ecosystem, releases.records, checked FROM releases"
            " JOIN parts ON parts.id = part ORDER BY ecosystem, checked"
        ):
            self._releases[release] = self._releases.get(release, 0) + records
            self._checked.setdefault(release, checked)
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

    def knows(self, ecosystem: str) -> bool:
        """Return True if there is data for this ecosystem, whatever the release."""
        base = ecosystem.partition(":")[0]
        return any(name.partition(":")[0] == base for name in self._releases)

    def candidates(self, ecosystem: str, name: str) -> list[tuple[int, Packed]]:
        """Return what the parts of the store say about a package name, with the part's number."""
        found = self._all(
            "SELECT part, body FROM affected WHERE ecosystem = ? AND name = ?", (ecosystem, name)
        )
        try:
            return [(part, unpack_packed(body)) for part, body in found]
        except (msgspec.MsgspecError, ValueError) as error:
            raise _broken(self.path, error) from error

    def names(self, ecosystem: str) -> Iterable[str]:
        """Return all package names of an ecosystem and release."""
        found = self._all("SELECT DISTINCT name FROM affected WHERE ecosystem = ?", (ecosystem,))
        return [name for (name,) in found]

    def _detail(self, part: int, number: int) -> Detail:
        """Return one advisory."""
        chunk, index = divmod(number, CHUNK)
        found = self._all("SELECT body FROM advisory WHERE part = ? AND chunk = ?", (part, chunk))
        try:
            body = zlib.decompressobj().decompress(found[0][0], _DETAIL_BYTES)
            return unpack_detail(unpack_chunk(body)[index])
        except (IndexError, msgspec.MsgspecError, ValueError, zlib.error) as error:
            raise _broken(self.path, error) from error

    def fact(self, kind: str, cve: str) -> Fact | None:
        """Return the newest statement about a CVE of one kind: ``nvd``, ``kev`` or ``epss``."""
        facts: dict[str, Fact] = self._facts(cve)
        return facts.get(kind)

    def _load_facts(self, cve: str) -> dict[str, Fact]:
        newest: dict[str, Fact] = {}
        for kind, body in self._all("SELECT kind, body FROM facts WHERE cve = ?", (cve,)):
            try:
                fact = unpack_fact(body)
            except (msgspec.MsgspecError, ValueError) as error:
                raise _broken(self.path, error) from error
            if kind not in newest or newest[kind].at < fact.at:
                newest[kind] = fact
        return newest

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

    def parts(self) -> list[tuple[Any, ...]]:
        """Return one row per part, in the order of the fields of ``PartStatus``."""
        return self._all(
            "SELECT feed, name, records, skipped, ignored, newest, checked, changed, mirror,"
            " matched FROM parts ORDER BY feed, name"
        )

    def known(self) -> dict[tuple[str, str], tuple[str, str, str, str]]:
        """Return location, validator, digest and key probe of every part by feed and name."""
        found = self._all("SELECT feed, name, location, validator, digest, keys FROM parts")
        return {(feed, name): (*rest,) for feed, name, *rest in found}

    def keys_of(self, ecosystem: str) -> set[str]:
        """Return the key probes of the parts that hold an ecosystem; see ``_probe``."""
        found = self._all(
            "SELECT DISTINCT keys FROM parts JOIN releases ON part = id WHERE ecosystem = ?",
            (ecosystem,),
        )
        return {probe for (probe,) in found}

    def sound(self) -> bool:
        """Return True if SQLite finds no damage in the whole file."""
        return self._all("PRAGMA quick_check(1)") == [("ok",)]

    def _all(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._link.execute(query, values).fetchall()
        except (sqlite3.Error, ValueError) as error:
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
