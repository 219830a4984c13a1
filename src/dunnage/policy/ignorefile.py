"""Reads lists of ids to ignore, as Trivy's ``.trivyignore`` writes them.

The form is that of https://trivy.dev/latest/docs/configuration/filtering/: one id per line, which
``exp:2026-12-31`` may follow; ``#`` begins a comment.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.model.errors import UsageError
from dunnage.model.policy import Waiver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

USUAL = ".trivyignore"
"""The usual name of such a file."""

_LARGEST = 1024 * 1024
_MOST = 10_000
_LONGEST_REASON = 1000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{1,199}")
_ENDLESS = timedelta(days=365)
"""How long a waiver lasts whose line names no end; each run begins it anew."""


def read(name: str, today: date) -> tuple[Waiver, ...]:
    """Return the waivers of one file.

    Raises:
        UsageError: If it cannot be read, or is not of the form above.
    """
    if name.lower().endswith((".yaml", ".yml")):
        raise UsageError(
            "ignore files in YAML are not read",
            where=name,
            advice="write [[waivers]] in dunnage.toml: they hold packages, paths and reasons too",
        )
    return parse(name, text_of(name), today)


def text_of(name: str) -> str:
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


def parse(name: str, text: str, today: date) -> tuple[Waiver, ...]:
    """Return the waivers of the text of one file.

    Args:
        name: What the file is called; it becomes the owner of the waivers.
        text: Its content.
        today: The date from which waivers without an end last a year.

    Raises:
        UsageError: If a line is not of the form above.
    """
    found = tuple(_entries(name, text, today))
    if len(found) > _MOST:
        raise UsageError(f"more than {_MOST} ids", where=name)
    return found


def _entries(name: str, text: str, today: date) -> Iterator[Waiver]:
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
        reason = _plain(raw.partition("#")[2]) or _plain(comment) or f"listed in {_plain(name)}"
        yield Waiver(words[0], _plain(name), reason, ends.isoformat(), origin=where)


def _end(words: Iterable[str], where: str) -> date | None:
    for word in words:
        if word.startswith("exp:"):
            try:
                return date.fromisoformat(word.removeprefix("exp:"))
            except ValueError as error:
                raise UsageError("the date is not like exp:2026-12-31", where=where) from error
    return None


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST_REASON].strip()
