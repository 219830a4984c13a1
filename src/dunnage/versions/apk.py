"""Alpine package versions.

The form is ``digit{.digit}{letter}{_suffix{number}}{~hash}{-r#}`` (apk-package(5)); the order is
that of apk-tools 3 (and of 2.14, except that the older one compares ``.0N`` differently):
numbers with a leading zero are compared like decimal fractions, ``_alpha`` to ``_rc`` sort before
the bare version, ``_cvs`` to ``_p`` after it. As in apk itself, whatever follows the longest valid
beginning counts as one invalid part that sorts just before the end.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import LENGTHS, checked, number

_VERSION = re.compile(
    r"([0-9]+)((?:\.[0-9]+)*)([a-z]?)"
    r"((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)(?![a-z])[0-9]*)*)"
    r"((?:~[0-9a-f]+)?)((?:-r[0-9]+)?)"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")

# A part that comes earlier in the form sorts later when the other version has it not: 1.0.1 is
# newer than 1.0a, 1.0a than 1.0_p1, and so on down to the end and, below it, the pre-releases.
_INVALID = b"\x02"
_END = b"\x03"
_REVISION = b"\x04"
_HASH = b"\x05"
_SUFFIX_NUMBER = b"\x06"
_LETTER = b"\x08"
_DIGITS = b"\x09"
_SUFFIXES = {
    "alpha": b"\x01\x01",
    "beta": b"\x01\x02",
    "pre": b"\x01\x03",
    "rc": b"\x01\x04",
    "cvs": b"\x07\x01",
    "svn": b"\x07\x02",
    "git": b"\x07\x03",
    "hg": b"\x07\x04",
    "p": b"\x07\x05",
}


@lru_cache(maxsize=4096)
def _component(digits: str) -> bytes:
    if digits[0] == "0":
        # Compared as text, and before every number without a leading zero. No end mark is
        # needed: every mark that can follow is smaller than a digit.
        return _DIGITS + LENGTHS[0] + digits.encode("ascii")
    return _DIGITS + number(digits)


def _suffixes(text: str) -> bytes:
    key = b""
    for name, digits in _SUFFIX.findall(text):
        key += _SUFFIXES[name]
        if digits:
            key += _SUFFIX_NUMBER + number(digits)
    return key


def key(version: str) -> bytes:
    """Return the sort key of an Alpine package version.

    Raises:
        ValueError: If the text does not begin with a digit, is too long or no printable ASCII.
    """
    match = _VERSION.match(checked(version))
    if match is None:
        raise ValueError(f"no Alpine version: {version[:60]!r} does not begin with a digit")
    first, components, letter, suffixes, commit, revision = match.groups()
    key = number(first)
    if components:
        key += b"".join(map(_component, components[1:].split(".")))
    if letter:
        key += _LETTER + letter.encode("ascii")
    if suffixes:
        key += _suffixes(suffixes)
    if commit:
        key += _HASH + commit[1:].encode("ascii")
    if revision:
        key += _REVISION + number(revision[2:])
    return key + (_END if match.end() == len(version) else _INVALID)


ordering = Ordering(
    key=key,
    ecosystems=(
        "Alpaquita",
        "Alpine",
        "BellSoft Hardened Containers",
        "Chainguard",
        "MinimOS",
        "Wolfi",
    ),
    types=("apk",),
)
