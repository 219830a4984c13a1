"""Reads extended attributes of files, where the system has them."""

from __future__ import annotations

import os

_CAPABILITY = "security.capability"


def capability_of(place: str) -> bytes:
    """Return the file capabilities of a file, or nothing; a link at its end is not followed."""
    try:
        return os.getxattr(place, _CAPABILITY, follow_symlinks=False)
    except (OSError, AttributeError):
        # No such attribute, a file system without any, or a system without the call.
        return b""
