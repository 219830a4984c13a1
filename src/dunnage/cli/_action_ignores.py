"""Turns plain ignore files of Trivy into waivers, for the GitHub Action.

The form is that of https://trivy.dev/latest/docs/configuration/filtering/: one id per line, which
``exp:2026-12-31`` may follow; lines that start with ``#`` are comments.
"""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LARGEST = 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{1,199}")
_ENDLESS = timedelta(days=365)
"""How long a waiver lasts whose line names no end; each run begins it anew."""


def read_text(name: str) -> str:
    """Return the text of a small file.

    Raises:
        UsageError: If it cannot be read, is too large, or is not UTF-8.
    """
    try:
        with Path(name).open("rb") as stream:
            data = stream.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise UsageError(f"the file is larger than {_LARGEST} bytes", where=name)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("the file is not UTF-8", where=name) from error
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", "") or str(error)
        raise UsageError(f"the file cannot be read: {told}", where=name) from error


def waivers(name: str, text: str, today: date) -> str:
    """Return the waivers of one ignore file as TOML.

    Args:
        name: What the file is called; it becomes the owner of the waivers.
        text: Its content.
        today: The date from which waivers without an end last a year.

    Raises:
        UsageError: If a line is not of the form above.
    """
    return "".join(_entries(name, text, today))


def _entries(name: str, text: str, today: date) -> Iterator[str]:
    comment = ""
    for number, raw in enumerate(text.splitlines(), 1):
        words = raw.split("#")[0].split()
        if not words:
            comment = raw.strip().lstrip("#").strip()
            continue
        where = f"{name}:{number}"
        if not _ID.fullmatch(words[0]):
            raise UsageError("this is no id of a finding", where=where)
        ends = _end(words[1:], where) or today + _ENDLESS
        behind = raw.partition("#")[2].strip()
        reason = _quoted(behind or comment or f"listed in {name}")
        yield (
            f"\n[[waivers]]\nid = {_quoted(words[0])}\nowner = {_quoted(name)}\n"
            f"reason = {reason}\nexpires = {ends.isoformat()}\n"
        )


def _end(words: Iterable[str], where: str) -> date | None:
    for word in words:
        if word.startswith("exp:"):
            try:
                return date.fromisoformat(word.removeprefix("exp:"))
            except ValueError as error:
                raise UsageError("the date is not like exp:2026-12-31", where=where) from error
    return None


def _quoted(text: str) -> str:
    """Return a basic string of TOML 1.0."""
    printable = "".join(char if char.isprintable() else " " for char in text)[:1000]
    return json.dumps(printable.strip() or "no reason given", ensure_ascii=False)
