"""What an update tells of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

    from dunnage.model.problem import Problem


class Loaded(Struct, frozen=True):
    """What became of one part.

    Attributes:
        feed: Public name of the feed.
        name: Ecosystem, or file.
        records: Records kept.
        skipped: Records that could not be understood.
        ignored: Records left out on purpose: withdrawn, no security advisory, no package.
        unchanged: True if the part was carried over from the old store.
        mirror: The mirror it came from.
    """

    feed: str
    name: str
    records: int
    skipped: int
    ignored: int
    unchanged: bool
    mirror: str


class Updated(Struct, frozen=True):
    """The outcome of an update.

    Attributes:
        path: The store.
        parts: What was loaded, sorted by feed and name.
        problems: What could not be had.
        published: Pairs of a mirror that holds a published store, and the digest of its manifest.
        shared: True if another update did the same meanwhile, so that nothing was left to do.
    """

    path: Path
    parts: tuple[Loaded, ...] = ()
    problems: tuple[Problem, ...] = ()
    published: tuple[tuple[str, str], ...] = ()
    shared: bool = False
