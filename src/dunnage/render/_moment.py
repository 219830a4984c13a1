"""Writes the time of a report as formats want it that take one form only."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(written: str) -> str:
    """Return a time in UTC and whole seconds, without its zone, or 1970 if it is none.

    Args:
        written: What a report says; a stored one may say anything.
    """
    try:
        found = datetime.fromisoformat(written)
        found = found.astimezone(UTC) if found.tzinfo else found
    except (ValueError, OverflowError):
        found = datetime(1970, 1, 1, tzinfo=UTC)
    return found.replace(microsecond=0, tzinfo=None).isoformat()
