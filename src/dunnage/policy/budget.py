"""Reads the limits of a budget: ``bytes=200MB``, ``setuid=0``, ``packages=+0``, ``bytes=+5%``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.budget import KEYS, Limit
from dunnage.model.errors import UsageError
from dunnage.policy._words import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

_WHERE = "--budget"
_UNITS = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "tb": 1000**4,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
    "tib": 1 << 40,
}
_AMOUNT = re.compile(r"(\+?)([0-9]{1,15})(?:\.([0-9]{1,3}))?\s*([a-z]*|%)", re.ASCII)
_SHOWN = 60
_EXAMPLE = "as in: --budget bytes=200MB --budget setuid=0, or bytes=+5% with --budget-from"


def limits(words: Iterable[str]) -> tuple[Limit, ...]:
    """Return the limits that words such as ``bytes=200MB`` set, in their order.

    A size is a number with a unit (B, kB, MB, GB, TB in steps of 1000; KiB, MiB, GiB, TiB in steps
    of 1024; case does not count) or a plain number of bytes; everything else is a whole number.
    With a plus in front it is what may be more than in a baseline, also as a share (``+5%``).

    Raises:
        UsageError: If a key is unknown, a value is none, or one is limited twice in the same way.
    """
    found: list[Limit] = []
    for word in words:
        limit = _limit(word)
        twice = next((o for o in found if (o.key, o.relative) == (limit.key, limit.relative)), None)
        if twice is not None:
            raise UsageError(
                f"{limit.key} is limited twice: {twice.text} and {limit.text}",
                where=_WHERE,
                advice="leave one out; one limit with a plus and one without go together",
            )
        found.append(limit)
    return tuple(found)


def _limit(word: str) -> Limit:
    name, equals, value = word.partition("=")
    key, value = name.strip().lower(), value.strip()
    if not equals or not value:
        told = f"{word[:_SHOWN]!r} sets no limit"
        known = _EXAMPLE if key in KEYS else nearest(key, KEYS)
        raise UsageError(told, where=_WHERE, advice=known)
    if key not in KEYS:
        message = f"there is no budget for {name.strip()[:_SHOWN]!r}"
        raise UsageError(message, where=_WHERE, advice=nearest(key, KEYS))
    text = f"{key}={value}"
    match = _AMOUNT.fullmatch(value.lower())
    if match is None:
        raise _wrong(key, value)
    plus, whole, part, unit = match[1], match[2], match[3] or "", match[4]
    if unit == "%":
        if not plus or len(part) > 2:
            raise _wrong(key, value)
        return Limit(key, text, share=int(whole + part.ljust(2, "0")))
    if unit not in _UNITS or (key != "bytes" and (unit or part)) or (part and _UNITS[unit] == 1):
        raise _wrong(key, value)
    amount = int(whole + part.ljust(3, "0")) * _UNITS[unit] // 1000
    return Limit(key, text, more=amount) if plus else Limit(key, text, most=amount)


def _wrong(key: str, value: str) -> UsageError:
    what = "a size such as 200MB, 1.5GB or 300MiB" if key == "bytes" else "a whole number"
    share = "+5%, at most two decimals"
    advice = f"write {what}, or what may be more than in --budget-from: +0 or {share}"
    if value.endswith("%") and not value.startswith("+"):
        advice = (
            f"did you mean +{value.lstrip('-')}? A share is what may be more than in --budget-from"
        )
    return UsageError(f"{key} cannot be {value[:_SHOWN]!r}", where=_WHERE, advice=advice)
