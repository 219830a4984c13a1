"""Python package versions.

The order is that of the version specifiers specification (PEP 440, "Summary of permitted suffixes
and relative ordering"), as the reference library ``packaging`` reads it. Versions outside the
specification (``0.1-bulbasaur``) have no order and are refused.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import MAX_CHARS, number

_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_COMPONENT = b"\x02"
_END = b"\x01"
_PRE = {"a": b"\x01", "b": b"\x02", "rc": b"\x03"}
_BELOW = b"\x00"
_NO_PRE = b"\x04"
_NO_DEV = b"\x01"
_PLAIN_TAIL = _END + _NO_PRE + _BELOW + _NO_DEV + _BELOW
_NO_EPOCH = number("")


@lru_cache(maxsize=8192)
def _component(digits: str) -> bytes:
    return _COMPONENT + number(digits)


def _release(components: list[str]) -> bytes:
    while components and not components[-1].strip("0"):
        components.pop()
    return b"".join(map(_component, components))


def _local(text: str | None) -> bytes:
    if text is None:
        return _BELOW
    key = b"\x01"
    for segment in text.split("."):
        if segment.isdigit():
            key += b"\x02" + number(segment)
        else:
            # No end mark: the marks that can follow are smaller than letters and digits.
            key += b"\x01" + segment.encode("ascii")
    return key


def _pre(pre: tuple[str, int] | None, *, dev_only: bool) -> bytes:
    if pre is not None:
        return _PRE[pre[0]] + number(str(pre[1]))
    return _BELOW if dev_only else _NO_PRE


def key(version: str) -> bytes:
    """Return the sort key of a Python version; spellings PEP 440 calls equal give the same key.

    Raises:
        ValueError: If the text is no version of PEP 440 or too long.
    """
    if len(version) > MAX_CHARS:
        raise ValueError(f"no Python version: {len(version)} characters")
    if _PLAIN.fullmatch(version):
        return _NO_EPOCH + _release(version.split(".")) + _PLAIN_TAIL
    from packaging.version import Version

    read = Version(version)
    dev_only = read.post is None and read.dev is not None
    return b"".join(
        (
            number(str(read.epoch)),
            _release([str(part) for part in read.release]),
            _END,
            _pre(read.pre, dev_only=dev_only),
            _BELOW if read.post is None else b"\x01" + number(str(read.post)),
            _NO_DEV if read.dev is None else _BELOW + number(str(read.dev)),
            _local(read.local),
        )
    )


ordering = Ordering(key=key, ecosystems=("PyPI",), types=("pypi",))
