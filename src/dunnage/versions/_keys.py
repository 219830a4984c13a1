"""The bytes all orderings are made of: numbers of any length that sort like numbers."""

from __future__ import annotations

MAX_CHARS = 512
"""Longest version text that is read, in characters; real ones have fewer than 130."""

LENGTHS = tuple(
    bytes((n,)) if n < 255 else b"\xff" + n.to_bytes(2, "big") for n in range(MAX_CHARS + 1)
)
"""Prefix-free byte strings that sort like the numbers from 0 to ``MAX_CHARS``."""


def number(digits: str) -> bytes:
    """Return bytes that sort like the value of ASCII digits, whatever their length.

    The value is written as its length and its digits without leading zeros, so that no number is
    the beginning of another one. No digits count as zero.
    """
    significant = digits.lstrip("0")
    return LENGTHS[len(significant)] + significant.encode("ascii")


def checked(version: str) -> str:
    """Return the version unchanged if it is short, printable ASCII without spaces.

    Raises:
        ValueError: If it is empty, longer than ``MAX_CHARS`` or holds other characters.
    """
    if not version or len(version) > MAX_CHARS:
        raise ValueError(f"no version: {len(version)} characters, expected 1 to {MAX_CHARS}")
    if not version.isascii() or not version.isprintable() or " " in version:
        raise ValueError(f"no version: {version[:60]!r} holds more than printable ASCII")
    return version
