"""Reads what a registry asks for when it wants to know who we are."""

from __future__ import annotations

import re

from msgspec import Struct

_PAIR = re.compile(
    r'(?<![A-Za-z0-9_-])([A-Za-z0-9_-]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,"]++))'
)
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)(?:\s+(?=[A-Za-z0-9_-]+\s*=)|\s*(?=,|$))")
# What is not closed goes on to the end, so that nothing is read twice.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"?')
_LONGEST = 8192


class Challenge(Struct, frozen=True):
    """One challenge (RFC 9110 11.6.1; RFC 6750 section 3; distribution token specification).

    Attributes:
        scheme: ``bearer``, ``basic``, or another in lower case.
        realm: Address of the token server, for Bearer.
        service: Name of the registry to that server.
        scope: What a token is needed for.
        error: ``invalid_token`` if the token we sent is no good any more, and the like.
    """

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""
    error: str = ""


def challenges(header: str) -> tuple[Challenge, ...]:
    """Return the challenges of a ``WWW-Authenticate`` header; none if it makes no sense."""
    text = header[:_LONGEST]
    masked = _QUOTED.sub(lambda m: "x" * len(m.group()), text)
    starts = list(_SCHEME.finditer(masked))
    found: list[Challenge] = []
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        pairs = {
            m.group(1).lower(): m.group(3) or re.sub(r"\\(.)", r"\1", m.group(2) or "")
            for m in _PAIR.finditer(text[start.end() : end])
        }
        known = {key: pairs.get(key, "") for key in ("realm", "service", "scope", "error")}
        found.append(Challenge(start.group(1).lower(), **known))
    return tuple(found)
