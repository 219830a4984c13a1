"""Real version strings and pairs of them, for comparing an ordering with a reference."""

from __future__ import annotations

import json
import random
import zipfile
from functools import cache
from typing import TYPE_CHECKING

from support import data_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Pair = tuple[str, str]


def sign(left: bytes, right: bytes) -> int:
    """Return -1, 0 or 1 as the first is smaller than, equal to or greater than the second."""
    return (left > right) - (left < right)


def order(key: Callable[[str], bytes], pair: Pair) -> int:
    """Return the order of two versions by their keys."""
    return sign(key(pair[0]), key(pair[1]))


@cache
def real_versions(*ecosystems: str) -> tuple[str, ...]:
    """Return every version the shared advisories of some ecosystems name, sorted."""
    found: set[str] = set()
    for ecosystem in ecosystems:
        with zipfile.ZipFile(data_root() / "osv" / ecosystem / "all.zip") as archive:
            for name in archive.namelist():
                for affected in json.loads(archive.read(name)).get("affected", ()):
                    found.update(affected.get("versions", ()))
                    for span in affected.get("ranges", ()):
                        if span["type"] != "GIT":
                            found.update(v for event in span["events"] for v in event.values())
    return tuple(sorted(found))


def pairs(versions: Sequence[str], alphabet: str, count: int, seed: int = 0) -> list[Pair]:
    """Return pairs of real versions, most of them near each other: one is a changed other.

    Args:
        versions: Where to draw from.
        alphabet: Characters that changes insert.
        count: How many pairs.
        seed: The same seed gives the same pairs.
    """
    drawn = random.Random(seed)  # noqa: S311 - repeatable test data, not a secret
    made: list[Pair] = []
    while len(made) < count:
        left = drawn.choice(versions)
        right = drawn.choice(versions) if drawn.random() < 0.3 else _changed(left, alphabet, drawn)
        if drawn.random() < 0.3:
            left = _changed(left, alphabet, drawn)
        if left and right:
            made.append((left, right))
    return made


def _changed(version: str, alphabet: str, drawn: random.Random) -> str:
    characters = list(version)
    for _ in range(drawn.randint(1, 3)):
        at = drawn.randrange(len(characters) + 1)
        kind = drawn.random()
        if kind < 0.4:
            characters[at:at] = [drawn.choice(alphabet)]
        elif kind < 0.7:
            characters[at : at + 1] = [drawn.choice(alphabet)]
        else:
            del characters[at : at + 1]
    return "".join(characters)


def rows(text: str) -> list[tuple[str, int, str]]:
    """Read lines ``1.0 < 1.1`` as triples of version, order (-1, 0, 1) and version."""
    orders = {"<": -1, "=": 0, ">": 1}
    split = (line.split() for line in text.strip().splitlines())
    return [(left, orders[sign_], right) for left, sign_, right in split]


def wrong(
    key: Callable[[str], bytes], expected: Iterable[tuple[str, int, str]]
) -> list[tuple[str, int, str]]:
    """Return the triples an ordering does not agree with, also read from right to left."""
    return [
        (left, want, right)
        for left, want, right in expected
        if order(key, (left, right)) != want or order(key, (right, left)) != -want
    ]
