"""What an image was built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from dunnage.model.finding import Confidence
    from dunnage.model.lighter import Lighter

KNOWN_BY = ("dockerfile", "name", "annotation", "index-annotation", "label", "content")
"""How a base image can be known, the surest first."""


class BaseFacts(Struct, frozen=True):
    """What is known of the base of an image.

    Attributes:
        known_by: One of ``KNOWN_BY``.
        confidence: How sure that is.
        image: Name of the base image; of ``content`` empty, because contents have no name.
        tier: One of ``TIERS`` of ``lighter.py``; empty if it is not known.
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
