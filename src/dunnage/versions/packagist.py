"""Composer package versions.

Composer first fills a version up to four numbers and gives stabilities their long names (Composer's
documentation, "Versions and constraints", and the README of ``composer/semver``); the result is
ordered as PHP's manual describes ``version_compare``: ``dev < alpha < beta < RC < (nothing) <
number < patch``. A branch of a series (``2.x-dev``) is later than all releases of the series.
Branches with other names (``dev-main``) have no order.
"""

from __future__ import annotations

import re

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import checked, number

_VERSION = re.compile(
    r"v?(?P<core>[0-9]+(?:\.[0-9]+){0,3}|[0-9]{4}(?:[.:-]?[0-9]{2}){1,6}(?:[.:-]?[0-9]{1,3})?)"
    r"[._-]?(?:(?P<word>stable|beta|b|rc|alpha|a|patch|pl|p)(?P<count>(?:[.-]?[0-9]+(?:[.-][0-9]+)*)?))?"
    r"(?P<dev>[.-]?dev)?",
    re.IGNORECASE,
)
_BRANCH = re.compile(r"v?([0-9]+(?:\.(?:[0-9]+|[x*])){0,3})[.-]?dev", re.IGNORECASE)
_FLAG = re.compile(r"@(?:stable|rc|beta|alpha|dev)$", re.IGNORECASE)
_NUMBERS = re.compile(r"[0-9]+")
_PARTS = 4
_ANY = "9999999"
"""What Composer writes for a number that a branch leaves open."""
_DEV, _END, _NUMBER, _PATCH = b"\x01", b"\x05", b"\x06", b"\x07"
_WORDS = {
    "alpha": b"\x02",
    "a": b"\x02",
    "beta": b"\x03",
    "b": b"\x03",
    "rc": b"\x04",
    "patch": _PATCH,
    "pl": _PATCH,
    "p": _PATCH,
}


def key(version: str) -> bytes:
    """Return the sort key of a Composer version such as ``v1.2.3-beta.2`` or ``2.x-dev``.

    More lenient than Composer where it cannot change the order: numbers may be of any length.

    Raises:
        ValueError: If it is a branch by its name (``dev-main``), or no version, or too long.
    """
    text = _FLAG.sub("", checked(version)).partition("+")[0]
    match = _VERSION.fullmatch(text)
    if match is None:
        return _branch(text, version)
    core, word = match["core"], (match["word"] or "").lower()
    numbers = _NUMBERS.findall(core)
    if re.fullmatch(r"[0-9.]+", core) and len(numbers) <= _PARTS and not _is_date(numbers):
        numbers += ["0"] * (_PARTS - len(numbers))
    found = b"".join(_NUMBER + number(part) for part in numbers)
    if word in _WORDS:
        found += _WORDS[word]
        found += b"".join(_NUMBER + number(n) for n in _NUMBERS.findall(match["count"] or ""))
    return found + (_DEV if match["dev"] and word != "stable" else b"") + _END


def _is_date(numbers: list[str]) -> bool:
    """Tell whether a single number is a date or time, which is not filled up."""
    return len(numbers) == 1 and 6 <= len(numbers[0]) <= 16


def _branch(text: str, version: str) -> bytes:
    match = _BRANCH.fullmatch(text)
    if match is None:
        raise ValueError(f"no Composer version: {version[:60]!r}")
    parts = [part if part.isdigit() else _ANY for part in match[1].split(".")]
    parts += [_ANY] * (_PARTS - len(parts))
    return b"".join(_NUMBER + number(part) for part in parts) + _DEV + _END


ordering = Ordering(key=key, ecosystems=("Packagist",), types=("composer",))
