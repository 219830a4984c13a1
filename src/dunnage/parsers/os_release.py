"""Reads files of shell-like assignments: os-release and lsb-release.

Source: os-release(5), https://www.freedesktop.org/software/systemd/man/os-release.html.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ESCAPE = re.compile(r"\\([\\\"'$`])")

_MOST = 200
_LONGEST = 1000


def assignments(text: str) -> dict[str, str]:
    """Return the values by name in lower case; the last of several wins, as in a shell.

    Args:
        text: The file. Lines that are no assignment are ignored; values are cut after 1000
            characters, the file after 200 assignments.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, sign, value = line.strip().partition("=")
        if not sign or not _NAME.match(name):
            continue
        if len(found) >= _MOST:
            break
        found[name.lower()] = _unquoted(value)[:_LONGEST]
    return found


def _unquoted(value: str) -> str:
    value = value.strip()
    quote = value[:1]
    if quote in {'"', "'"}:
        end = value.rfind(quote)
        inner = value[1:end] if end > 0 else value[1:]
        return inner if quote == "'" else _ESCAPE.sub(r"\1", inner)
    return _ESCAPE.sub(r"\1", value)
