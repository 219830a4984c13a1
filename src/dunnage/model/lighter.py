"""A lighter image that can stand in for another."""

from __future__ import annotations

from msgspec import Struct

TIERS = ("full", "slim", "alpine", "minimal", "distroless", "static", "scratch")
"""From heavy to light; ``data/bases.toml`` says what each means."""


class Lighter(Struct, frozen=True):
    """A lighter image.

    Attributes:
        image: Its name, as FROM takes it.
        tier: One of ``TIERS``.
        drops: What the other has and this has not, in words, most felt first.
        changes: What else differs for a program: ``libc`` (another C library or none),
            ``distribution``; empty if C library and interpreter stay.
        needs: What the program needs then, in words that go with "it needs", or empty.
    """

    image: str
    tier: str
    drops: tuple[str, ...]
    changes: tuple[str, ...] = ()
    needs: str = ""
