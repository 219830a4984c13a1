"""Searches the sources of a program for what it would miss in a smaller image."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.remedies._harden_types import Claim, Reason

if TYPE_CHECKING:
    from dunnage.remedies._harden_types import Build

_KINDS = {
    "reads": ("reads-files", "opens files", "which files it needs beside it is not known"),
    "writes": ("writable-path", "writes files", "where it has to be able to write is not known"),
    "calls": ("calls-programs", "starts other programs", "which it needs is not known"),
    "ports": ("privileged-port", "listens below port 1024", "only root may, in many places"),
}
_LONGEST_LINE = 500
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|spec|__tests__|node_modules|vendor|\.git|\.venv|venv|target|dist|bin|obj)/"
    r"|_test\.go$|(?:^|/)test_[^/]*\.py$|_test\.py$|\.(?:test|spec)\.[cm]?[jt]s$"
)


@cache
def _pattern(recipe: str, kind: str) -> re.Pattern[str] | None:
    text = table("harden")["traces"].get(recipe, {}).get(kind)
    return re.compile(text) if text else None


def traces(build: Build, recipe: str, *, reads: bool) -> tuple[Reason, ...] | Claim:
    """Return what the sources tell against a smaller image, or what they let us say for one.

    What is in libraries is not looked at, nor are tests.

    Args:
        build: The stage.
        recipe: Name of the recipe.
        reads: Files that it opens matter, too; not where all that there was stays.
    """
    kinds = [k for k in _KINDS if _pattern(recipe, k) is not None and (reads or k != "reads")]
    said = _said(kinds)
    if build.context is None:
        return Claim("files", said, "the build context is not known", "assumed")
    found: dict[str, Reason] = {}
    searched = 0
    suffixes = tuple(table("harden")["suffixes"][recipe])
    for path, text in build.context.texts(suffixes):
        if _TESTS.search(path):
            continue
        if text is None:
            return Claim("files", said, f"not all sources could be read ({path})", "assumed")
        searched += 1
        for kind in kinds:
            if kind not in found and (reason := _first(path, text, recipe, kind)):
                found[kind] = reason
    if found:
        return tuple(found.values())
    if not searched:
        return Claim("files", said, "no sources are in the build context", "assumed")
    files = "1 source file" if searched == 1 else f"{searched:,} source files"
    why = f"nothing in {files} of the build context says otherwise; libraries are not looked at"
    return Claim("files", said, why, "checked")


def _said(kinds: list[str]) -> str:
    told = {
        "reads": "reads no file but those that are copied",
        "writes": "writes nowhere but below /tmp",
        "calls": "starts no other program",
        "ports": "names no port below 1024",
    }
    return "the program " + ", ".join(told[kind] for kind in kinds)


def _first(path: str, text: str, recipe: str, kind: str) -> Reason | None:
    pattern = _pattern(recipe, kind)
    if pattern is None:
        return None
    for number, line in enumerate(text.splitlines(), 1):
        short = line[:_LONGEST_LINE]
        if short.lstrip().startswith(("//", "#", "*")):
            continue
        match = pattern.search(short)
        if match is not None:
            code, what, unknown = _KINDS[kind]
            message = f"the program {what} (`{match[0].strip()[:40]}`); {unknown}"
            return Reason(code, message, number, "", path)
    return None
