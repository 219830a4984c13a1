"""NuGet package versions.

The order is that of NuGet's documentation, "Package versioning", and of its library
``NuGet.Versioning``: semantic versions (item 11 of Semantic Versioning 2.0.0) with an optional
fourth number, missing numbers counting as zero; labels of a pre-release compare without regard to
case, and one that does not fit into 32 bits is text. Build metadata is ignored.
"""

from __future__ import annotations

import re

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import checked, number

_VERSION = re.compile(
    r"[vV]?([0-9]+(?:\.[0-9]+){0,3})"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+[0-9A-Za-z.-]*)?"
)
_LARGEST = 2**31 - 1
_DIGITS = 10
"""No number of more digits fits into 32 bits."""
_PRE, _RELEASE = b"\x01", b"\x02"
_COMPONENT, _NUMBER, _TEXT = b"\x03", b"\x02", b"\x03"


def _label(text: str) -> bytes:
    digits = text.lstrip("0")
    if text.isdigit() and len(digits) <= _DIGITS and int(digits or "0") <= _LARGEST:
        return _NUMBER + number(text)
    # No end mark: the marks that can follow are smaller than letters, digits and hyphens.
    return _TEXT + text.lower().encode("ascii")


def key(version: str) -> bytes:
    """Return the sort key of ``1.2.3[.4][-label.1][+metadata]``; a leading ``v`` is ignored.

    Raises:
        ValueError: If NuGet would refuse the text, or it is too long.
    """
    match = _VERSION.fullmatch(checked(version))
    if match is None:
        raise ValueError(f"no NuGet version: {version[:60]!r}")
    core, labels = match.groups()
    components = core.split(".")
    while components and not components[-1].strip("0"):
        components.pop()
    found = b"".join(_COMPONENT + number(component) for component in components)
    if labels is None:
        return found + _RELEASE
    return found + _PRE + b"".join(map(_label, labels.split(".")))


ordering = Ordering(key=key, ecosystems=("NuGet",), types=("nuget",))
