"""Resolves symbolic links and matches globs over paths that exist only as text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOPS = 40
"""Symbolic links that are followed for one path, as Linux does (``path_resolution(7)``)."""


LONGEST = 4096
"""Characters of a path that links lead to, as Linux bounds them (``PATH_MAX``)."""


def parent_of(path: str) -> str:
    """Return the path of the directory, empty for the root."""
    return path.rpartition("/")[0]


def ancestors(path: str) -> Iterator[str]:
    """Give all directories above a path, the nearest first, without the root."""
    slash = path.rfind("/")
    while slash > 0:
        yield path[:slash]
        slash = path.rfind("/", 0, slash)


def resolve(path: str, links: Mapping[str, str]) -> str | None:
    """Return a path with every symbolic link followed, never leaving the root.

    Args:
        path: Without a leading slash.
        links: Targets of symbolic links as written, by their path.

    Returns:
        None if there are too many links on the way, or they lead to a path longer than any can be.
    """
    if not links or _is_plain(path, links):
        return path
    rest = path.split("/")[::-1]
    done = ""
    hops = HOPS
    while rest:
        part = rest.pop()
        if part in {"", "."}:
            continue
        if part == "..":
            done = parent_of(done)
            continue
        step = f"{done}/{part}" if done else part
        target = links.get(step)
        if target is None:
            done = step
            continue
        hops -= 1
        if hops < 0:
            return None
        if target.startswith("/"):
            done = ""
        rest.extend(target.split("/")[::-1])
    return done if hops == HOPS or len(done) <= LONGEST else None


def _is_plain(path: str, links: Mapping[str, str]) -> bool:
    """Tell whether no link is on the way and every part is a name; nearly all paths are such."""
    if "/." in path or "//" in path or path[:1] in {"/", "."} or path[-1:] == "/":
        return False
    while path not in links:
        path = path.rpartition("/")[0]
        if not path:
            return True
    return False


def resolve_parent(path: str, links: Mapping[str, str]) -> str:
    """Return a path with every symbolic link but its last part followed; itself on a loop."""
    folder, slash, base = path.rpartition("/")
    if not slash:
        return path
    found = resolve(folder, links)
    if found is None:
        return path
    return f"{found}/{base}" if found else base


def shown(path: str) -> str:
    """Return a path that can be written anywhere: bytes that are no UTF-8 become escapes."""
    if path.isascii():
        return path
    data = path.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace")


@lru_cache(maxsize=512)
def glob(pattern: str) -> re.Pattern[str]:
    """Return the expression of a glob over whole paths, without leading ``/`` or ``./``.

    ``*`` and ``?`` stop at slashes, ``**`` does not, ``[...]`` is a set of characters; a pattern
    without special characters is the path itself.

    Raises:
        UsageError: If a set of characters is none.
    """
    pattern = pattern.removeprefix("./").strip("/")
    out = ""
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            out += "(?:.*/)?"
            at += 3
        elif pattern.startswith("**", at):
            out += ".*"
            at += 2
        elif char == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            inside = f"^{inside[1:]}" if inside[0] in "!^" else inside
            out += f"[{inside}]"
            at = end + 1
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char)
            at += 1
    try:
        return re.compile(out, re.DOTALL)
    except re.error as error:
        advice = "a set is written like [abc] or [a-z]"
        raise UsageError(
            f"not a pattern of paths: {error.msg}", where=pattern, advice=advice
        ) from error


def skipped(path: str, dirs: tuple[str, ...], files: tuple[str, ...]) -> bool:
    """Tell whether a path matches a file glob, or a directory above it a directory glob."""
    if any(glob(pattern).fullmatch(path) for pattern in files):
        return True
    return bool(dirs) and any(
        glob(pattern).fullmatch(folder) for folder in ancestors(path) for pattern in dirs
    )
