"""Keys of semantic versions, shared by the orderings that build on them."""

from __future__ import annotations

import re
from functools import lru_cache

from dunnage.versions._keys import checked, number

_VERSION = re.compile(
    r"[vV=]*([0-9]+(?:\.[0-9]+)*)"
    r"(?:(?:-|\.?(?=[A-Za-z*]))([0-9A-Za-z*-]+(?:\.[0-9A-Za-z*-]+)*))?"
    r"(?:\+[0-9A-Za-z.+_~-]*)?"
)
_COMPONENT = b"\x03"
_PRE = b"\x01"
_RELEASE = b"\x02"


@lru_cache(maxsize=8192)
def _component(digits: str) -> bytes:
    return _COMPONENT + number(digits)


@lru_cache(maxsize=8192)
def _identifier(text: str) -> bytes:
    # Text needs no end mark: the marks that can follow are smaller than all its characters.
    return b"\x02" + number(text) if text.isdigit() else b"\x03" + text.encode("ascii")


def semver_key(version: str) -> bytes:
    """Return the sort key of a version by the precedence of Semantic Versioning 2.0.0 (item 11).

    Lenient where real data is: a leading ``v``, any number of numeric components (missing ones
    count as zero), and a pre-release without its hyphen (``1.9.0b1``, ``1.0.0.beta.3``). Build
    metadata is ignored, as the specification asks.

    Raises:
        ValueError: If the text is no such version, too long or no printable ASCII.
    """
    match = _VERSION.fullmatch(checked(version))
    if match is None:
        raise ValueError(f"no semantic version: {version[:60]!r}")
    core, pre = match.groups()
    components = core.split(".")
    while components and not components[-1].strip("0"):
        components.pop()
    key = b"".join(map(_component, components))
    if not pre:
        return key + _RELEASE
    return key + _PRE + b"".join(map(_identifier, pre.split(".")))
