"""Maven artifact versions.

The order is that of the POM reference, "Version Order Specification", as Maven 3's own
``ComparableVersion`` computes it: tokens are split at dots, hyphens and between digits and
letters (which counts as a hyphen); zeros and release words before a hyphen or at the end vanish;
known qualifiers sort ``alpha < beta < milestone < rc < snapshot < release < sp``, unknown ones
after them. Where Maven 3's comparison is not transitive (a word between two dots, such as
``1.sp.1``), the specification's rule is kept: a dot before a word means the same as a hyphen.
"""

from __future__ import annotations

import re

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import checked, number

_TOKENS = re.compile(r"[0-9]+|[^0-9.-]+|[.-]")
_END = b"\x06"
_UNKNOWN = b"\x08"
_HYPHEN_NUMBER = b"\x09"
_DOT_NUMBER = b"\x0a"
_QUALIFIERS = {
    "alpha": b"\x01",
    "beta": b"\x02",
    "milestone": b"\x03",
    "rc": b"\x04",
    "cr": b"\x04",
    "snapshot": b"\x05",
    "ga": _END,
    "final": _END,
    "release": _END,
    "sp": b"\x07",
}
_NULLS = frozenset({_END, _HYPHEN_NUMBER + number("0"), _DOT_NUMBER + number("0")})
_ZEROS = _NULLS - {_END}
_BEFORE_DIGIT = {"a": "alpha", "b": "beta", "m": "milestone"}


def _qualifier(word: str, *, digit_follows: bool) -> bytes:
    if digit_follows:
        word = _BEFORE_DIGIT.get(word, word)
    known = _QUALIFIERS.get(word)
    # No end mark after an unknown word: the marks that can follow are smaller than its characters.
    return _UNKNOWN + word.encode("ascii") if known is None else known


def _trim(parts: list[bytes], nulls: frozenset[bytes]) -> None:
    while parts and parts[-1] in nulls:
        parts.pop()


def key(version: str) -> bytes:
    """Return the sort key of a Maven version. Upper and lower case are the same.

    Maven takes any text for a version, and so does this, within printable ASCII.

    Raises:
        ValueError: If the text is too long or no printable ASCII.
    """
    tokens = _TOKENS.findall(checked(version).lower())
    parts: list[bytes] = []
    mark = _DOT_NUMBER
    pending = True
    for at, text in enumerate(tokens):
        if text in ".-":
            if pending:
                parts.append(mark + number("0"))
            pending = True
            mark = _DOT_NUMBER
            if text == "-":
                mark = _HYPHEN_NUMBER
                _trim(parts, _NULLS)
            continue
        if not pending:
            mark = _HYPHEN_NUMBER
            _trim(parts, _NULLS)
        pending = False
        if text[0].isdigit():
            parts.append(mark + number(text))
        else:
            follows = at + 1 < len(tokens) and tokens[at + 1][0].isdigit()
            word = _qualifier(text, digit_follows=follows)
            _trim(parts, _NULLS if word < _END else _ZEROS)
            parts.append(word)
    _trim(parts, _NULLS)
    return b"".join(parts) + _END


ordering = Ordering(key=key, ecosystems=("Maven",), types=("maven",))
