"""SHA-256 of short texts without OpenSSL, which takes longer to load than a Dockerfile to lint."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_BUILT_IN = ("_sha2", "_sha256")
"""Where Python keeps its own (from 3.12 on, and before); its ``random`` takes it from there, too."""


def sha256_hex(data: bytes) -> str:
    """Return the digest in 64 hex digits."""
    digits: str = _sha256()(data).hexdigest()
    return digits


@cache
def _sha256() -> Callable[[bytes], Any]:
    for name in () if "hashlib" in sys.modules else _BUILT_IN:
        try:
            found: Callable[[bytes], Any] = import_module(name).sha256
        except ImportError:
            continue
        return found
    from hashlib import sha256

    return sha256
