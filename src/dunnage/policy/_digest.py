"""SHA-256 of short texts without OpenSSL, which takes longer to load than a Dockerfile to lint."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BUILT_IN = ("_sha2", "_sha256")
"""Where Python keeps its own (from 3.12 on, and before); its ``random`` takes it from there, too."""


def sha256_hex(data: bytes) -> str:
    """Return the digest in 64 hex digits."""
    digits: str = _sha256()(data).hexdigest()
    return digits


class Numbered:
    """Digests in 32 hex digits of data with further parts behind it: 2, then 2 and 3, and so on.

    Each costs the same, however many there were before, and is given once.
    """

    def __init__(self, data: bytes) -> None:
        """Begin with data; a zero byte stands in front of each part."""
        self._digest = _sha256()(data)
        self._number = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next digest."""
        self._number += 1
        self._digest.update(b"\0%d" % self._number)
        digits: str = self._digest.hexdigest()[:32]
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
