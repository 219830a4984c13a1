"""Reads JAR manifests and Java property files.

The manifest format is that of the JAR file specification, section "JAR Manifest"; the property
format that of ``java.util.Properties.load``.
"""

from __future__ import annotations

import re

_BREAK = re.compile(r"\r\n|\r|\n")
_PAIR = re.compile(r"((?:\\.|[^\\:=\s])*)\s*[:=]?\s*(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def main_section(data: bytes) -> dict[str, str]:
    """Return the attributes of a manifest's main section, names in lower case.

    Args:
        data: The manifest, or its beginning. Lines without a colon are passed over, as nothing
            is gained by giving up a whole archive for one of them.
    """
    attributes: dict[str, str] = {}
    name = ""
    parts: list[str] = []
    for line in [*_BREAK.split(data.decode("utf-8", "replace").removeprefix("\ufeff")), ""]:
        if line.startswith(" "):
            parts.append(line[1:])
            continue
        if name:
            attributes.setdefault(name, "".join(parts).strip())
        if not line and attributes:
            break
        name, _, value = line.partition(":")
        name, parts = name.strip().lower() if _ else "", [value]
    return attributes


def properties(data: bytes) -> dict[str, str]:
    """Return the pairs of a property file, a later one winning over an earlier one.

    Args:
        data: The file; in ISO 8859-1 by its specification, but UTF-8 is understood.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    pairs: dict[str, str] = {}
    held: list[str] = []
    for line in _BREAK.split(text):
        part = line.lstrip(" \t\f")
        if not held and part[:1] in {"", "#", "!"}:
            continue
        if (len(part) - len(part.rstrip("\\"))) % 2:
            held.append(part[:-1])
            continue
        match = _PAIR.match("".join([*held, part]))
        held = []
        if match is not None and match[1]:
            pairs[_unescaped(match[1])] = _unescaped(match[2]).strip()
    return pairs


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) == 5:
        return chr(int(code[1:], 16))
    return _LETTERS.get(code, code)
