"""What could not be examined, or should be known about how something was examined."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Effect(Enum):
    """What a problem does to the verdict."""

    NOTE = "note"
    """Worth knowing; the report is complete."""
    INCOMPLETE = "incomplete"
    """Something was not examined: exit code 3 unless incompleteness is allowed."""
    NO_DATA = "no-data"
    """There was no advisory data at all: exit code 4."""
    UNREADABLE = "unreadable"
    """One of several targets could not be read at all: exit code 3, whatever is allowed."""
    USAGE = "usage"
    """The name of one of several targets could not be understood: exit code 2."""
    INTERNAL = "internal"
    """A mistake of ours while one of several targets was read: exit code 5."""


class Problem(Struct, frozen=True):
    """One thing that was not examined, or not as well as it should have been.

    Attributes:
        code: Stable kebab-case name of the kind of problem, such as ``no-data-for-release``.
        message: What happened, as one sentence without a final stop.
        where: File, layer, byte or feed it happened at.
        advice: What to do about it.
        effect: What it does to the verdict.
        count: How many things (packages, files, records) it touches.
    """

    code: str
    message: str
    where: str = ""
    advice: str = ""
    effect: Effect = Effect.INCOMPLETE
    count: int = 1
