"""Turns plain values into the bytes of a JSON document, whatever strings they hold."""

from __future__ import annotations

import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(value: object, *, indent: int = 2) -> bytes:
    """Return a value of dictionaries, lists, strings and numbers as UTF-8 JSON.

    Names in an image are bytes and may be no UTF-8; what stands for such bytes in a string (PEP
    383) cannot be written to JSON and becomes U+FFFD.

    Args:
        value: What to write; dictionaries keep their order.
        indent: Columns for each level, or 0 for one line.
    """
    import msgspec

    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_mended(value))
    return msgspec.json.format(data, indent=indent) + b"\n" if indent else data


def _mended(value: Any) -> Any:  # noqa: ANN401 - JSON has every type
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_mended(key): _mended(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(inner) for inner in value]
    return value
