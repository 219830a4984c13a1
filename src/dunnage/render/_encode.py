"""Turns plain values into the bytes of a JSON document, whatever strings they hold."""

from __future__ import annotations


def encode(value: object, *, indent: int = 2) -> bytes:
    r"""Return a value of dictionaries, lists, strings and numbers as UTF-8 JSON.

    Names in an image are bytes and may be no UTF-8; what stands for such bytes in a string (PEP
    383) cannot be written to JSON and is written out as ``\xNN``.

    Args:
        value: What to write; dictionaries keep their order.
        indent: Columns for each level, or 0 for one line.
    """
    import msgspec

    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        data = msgspec.json.encode(printable(value))
    return msgspec.json.format(data, indent=indent) + b"\n" if indent else data


def printable(value: object) -> object:
    """Return a copy in which undecodable bytes (lone surrogates) are written out."""
    if isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape" if _escaped(value) else "backslashreplace")
        return raw.decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable(item) for item in value]
    return value


def _escaped(text: str) -> bool:
    """Tell whether every surrogate stands for one undecodable byte (PEP 383)."""
    return all("\udc80" <= char <= "\udcff" for char in text if "\ud800" <= char <= "\udfff")
