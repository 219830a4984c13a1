"""RubyGems versions.

The order is that of ``Gem::Version`` (its class documentation in RubyGems): runs of digits and of
letters are segments, letters sort before numbers, a missing segment counts as zero, and a hyphen
stands for ``.pre.``.
"""

from __future__ import annotations

import re

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import checked, number

_VERSION = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_SEGMENTS = re.compile(r"[0-9]+|[A-Za-z]+")
_LETTERS = b"\x01"
_ZEROS_THEN_LETTERS = b"\x02"
_END = b"\x03"
_NUMBER = b"\x04"


def key(version: str) -> bytes:
    """Return the sort key of a gem's version.

    Raises:
        ValueError: If ``Gem::Version`` would refuse the text, or it is too long.
    """
    if _VERSION.fullmatch(checked(version)) is None:
        raise ValueError(f"no gem version: {version[:60]!r}")
    key = b""
    zeros = 0
    lettered = False
    for segment in _SEGMENTS.findall(version.replace("-", ".pre.")):
        if not segment.strip("0"):
            zeros += 1
            continue
        if segment.isdigit():
            key += (_NUMBER + number("")) * zeros + _NUMBER + number(segment)
        else:
            # Zeros before the first letters do not count; later ones do (canonical_segments).
            mark = _ZEROS_THEN_LETTERS + number(str(zeros)) if zeros and lettered else _LETTERS
            key += mark + segment.encode("ascii")
            lettered = True
        zeros = 0
    return key + _END


ordering = Ordering(key=key, ecosystems=("RubyGems",), types=("gem",))
