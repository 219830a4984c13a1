"""Reads JSON from strangers: bounded in size, depth and number of values."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from dunnage.model.limits import Limits

CONTAINERS = 1_000_000
"""Objects and arrays in one document; each costs memory far beyond its two bytes. Where more than
64 MB are allowed, one for every 64 bytes."""

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def loads(data: bytes, limits: Limits, *, largest: int = -1, where: str = "") -> object:
    """Return the value of a JSON text (RFC 8259).

    Numbers that JSON does not know (NaN, Infinity) are refused. Lone halves of surrogate pairs,
    which nothing could print, become replacement characters.

    Args:
        data: UTF-8, with or without a byte order mark (or UTF-16, UTF-32).
        limits: ``json_depth`` and ``text_bytes`` count.
        largest: Largest size in bytes instead of ``limits.text_bytes``.
        where: What is being read, for messages.

    Raises:
        LimitError: If it is too large or nested too deeply.
        InputError: If it is no JSON.
    """
    bound = limits.text_bytes if largest < 0 else largest
    if len(data) > bound:
        raise LimitError(f"JSON of more than {bound} bytes", where=where)
    opened = data.count(b"[") + data.count(b"{")
    most = max(CONTAINERS, bound // 64)
    if opened > most:
        _bounded_outside_strings(data, most, where)
    try:
        # Not left to json, which takes encoded halves of surrogate pairs for text.
        text = data.decode(json.detect_encoding(data))
        value: object = json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise too_deep(limits.json_depth, where) from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise InputError(f"not JSON: {error.msg} at {place}", where=where) from error
    except UnicodeDecodeError as error:
        raise InputError(f"not JSON: byte {error.start} is no text", where=where) from error
    except ValueError as error:
        raise InputError(f"not JSON: {str(error)[:100]}", where=where) from error
    if opened > limits.json_depth:
        check_depth(value, limits.json_depth, where)
    return _mended(value) if _HALF.search(text) else value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def _bounded_outside_strings(data: bytes, most: int, where: str) -> None:
    bare = re.sub(rb'"(?:[^"\\]|\\.)*+"', b"", data, flags=re.DOTALL)
    if bare.count(b"[") + bare.count(b"{") > most:
        raise LimitError(f"JSON of more than {most} objects and arrays", where=where)


def check_depth(value: object, depth: int, where: str = "") -> None:
    """Raise LimitError if lists and objects are nested more than ``depth`` levels deep."""
    level = [value]
    for _ in range(depth):
        deeper: list[object] = []
        for node in level:
            if isinstance(node, dict):
                deeper.extend(v for v in node.values() if isinstance(v, (dict, list)))
            elif isinstance(node, list):
                deeper.extend(v for v in node if isinstance(v, (dict, list)))
        if not deeper:
            return
        level = deeper
    raise too_deep(depth, where)


def too_deep(depth: int, where: str = "") -> LimitError:
    """Return the same error whether we noticed or the interpreter, whose bound differs by version."""
    return LimitError(f"JSON nested more than {depth} levels deep", where=where)


def _mended(value: object) -> object:
    """Replace lone surrogates; the depth of ``value`` was checked before."""
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value
