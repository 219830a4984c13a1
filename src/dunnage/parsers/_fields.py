"""Reads typed fields out of JSON values that strangers may have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dunnage.model.problem import Problem

T = TypeVar("T")


class Fields:
    """One JSON object whose values must have the types that are asked for.

    Args:
        value: The object.
        where: Its place in the document, for messages.

    Raises:
        InputError: If ``value`` is no object. All methods raise it for a value of another type;
            what is missing or null becomes the empty value.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise InputError("not an object", where=where)
        self._value = value
        self.where = where

    def text(self, key: str, *, needed: bool = False) -> str:
        """Return a text, which must not be empty if it is needed."""
        value = self._value.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or (needed and not value):
            raise InputError(f"{key!r} is no text", where=self.where)
        return value

    def flag(self, key: str) -> bool:
        """Return a truth value, False if missing."""
        value = self._value.get(key, False)
        if not isinstance(value, bool):
            raise InputError(f"{key!r} is neither true nor false", where=self.where)
        return value

    def count(self, key: str, missing: int = 0) -> int:
        """Return a whole number that is not negative."""
        value = self._value.get(key)
        if value is None:
            return missing
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
            raise InputError(f"{key!r} is no number that can be counted to", where=self.where)
        return value

    def counts(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers that are not negative."""
        values = self._list(key)
        return tuple(Fields({"": value}, self.where).count("") for value in values)

    def number(self, key: str, missing: float = -1.0) -> float:
        """Return a number that is not negative."""
        value = self._value.get(key)
        if value is None:
            return missing
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e15:
            raise InputError(f"{key!r} is no number", where=self.where)
        return float(value)

    def has(self, key: str) -> bool:
        """Tell whether a value is there and not null."""
        return self._value.get(key) is not None

    def inner(self, key: str) -> Fields:
        """Return an object."""
        return Fields(self._value.get(key, {}), f"{self.where}.{key}")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            raise InputError(f"{key!r} is no list of texts", where=self.where)
        return tuple(str(value) for value in values)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return an object of texts as pairs, sorted by key."""
        inner = self.inner(key)
        return tuple(sorted((name, inner.text(name)) for name in inner.names()))

    def names(self) -> tuple[str, ...]:
        """Return the keys of the object."""
        return tuple(self._value)

    def each(self, key: str, most: int = 1_000_000) -> Iterator[Fields]:
        """Return the objects of a list.

        Args:
            key: Key of the list.
            most: Largest length.
        """
        values = self._list(key)
        if len(values) > most:
            raise InputError(f"{key!r} has more than {most} entries", where=self.where)
        return (Fields(value, f"{self.where}.{key}[{i}]") for i, value in enumerate(values))

    def collect(
        self, key: str, read: Callable[[Fields], T], problems: list[Problem], most: int = 1_000_000
    ) -> tuple[T, ...]:
        """Return what ``read`` makes of the objects of a list.

        An entry that cannot be read becomes a Problem (the first hundred one by one, the others
        counted) and the rest goes on.
        """
        from dunnage.model.problem import Problem

        values = self._list(key)
        kept, broken = [], []
        for index, value in enumerate(values[:most]):
            try:
                kept.append(read(Fields(value, f"{self.where}.{key}[{index}]")))
            except (InputError, ValueError, KeyError) as error:
                place = getattr(error, "where", "") or f"{self.where}.{key}[{index}]"
                told = error.message if isinstance(error, InputError) else str(error)[:200]
                broken.append(Problem("broken-record", f"an entry cannot be read: {told}", place))
        problems += broken[:100]
        left = max(0, len(broken) - 100) + max(0, len(values) - most)
        if left:
            message = f"{left} more entries cannot be read"
            problems.append(Problem("broken-record", message, f"{self.where}.{key}", count=left))
        return tuple(kept)

    def _list(self, key: str) -> list[object]:
        value = self._value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise InputError(f"{key!r} is no list", where=self.where)
        return value
