"""What an image was built on, and what lighter image could have been used instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.model.finding import Confidence

KNOWN_BY = ("dockerfile", "name", "annotation", "label", "content")
"""How a base image can be known, the surest first."""

TIERS = ("full", "slim", "alpine", "minimal", "distroless", "static", "scratch")
"""From heavy to light; ``data/bases.toml`` says what each means."""


@dataclass(frozen=True, slots=True)
class Lighter:
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


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """What is known of the base of an image.

    Attributes:
        known_by: One of ``KNOWN_BY``.
        confidence: How sure that is.
        image: Name of the base image; of ``content`` empty, because contents have no name.
        tier: As of ``Lighter``; empty if it is not known.
        looks_like: What the contents look like, in words; set where they decided the tier.
        lighter: Lighter images that could stand in for it, those first that keep C library and
            interpreter, heavier before lighter.
        keeps: What those keep that change nothing, in words (``glibc and the interpreter``).
    """

    known_by: str
    confidence: Confidence
    image: str = ""
    tier: str = ""
    looks_like: str = ""
    lighter: tuple[Lighter, ...] = ()
    keeps: str = ""
