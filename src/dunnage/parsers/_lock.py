"""What lock files of all kinds come down to, and how their values are checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError, LimitError
from dunnage.model.problem import Effect, Problem
from dunnage.parsers._json_values import MAX_TEXT, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dunnage.model.limits import Limits

_SHOWN = 4
_SEPARATORS = re.compile(r"[-_.]+")
_LONG_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){40}""")
"""The standard library takes minutes for a TOML key of many parts; real ones have up to five."""


class Entry(NamedTuple):
    """One package of a lock file.

    Attributes:
        name: Name as the package manager says it.
        version: Exact version.
        line: One-based line, or 0 if it is not known.
        dev: True if only development needs it, as far as the file says.
        direct: True if the project itself names it, as far as the file says.
        depends: Name and version of what it needs; an empty version if the file does not say it.
        namespace: Group of a Maven package.
        hashes: As in ``Package``.
        source: Where it comes from if that is not the usual registry, or empty.
        licenses: Licence expressions or names as written.
    """

    name: str
    version: str
    line: int = 0
    dev: bool = False
    direct: bool = False
    depends: tuple[tuple[str, str], ...] = ()
    namespace: str = ""
    hashes: tuple[tuple[str, str], ...] = ()
    source: str = ""
    licenses: tuple[str, ...] = ()


class Lock(NamedTuple):
    """What one lock file says.

    Attributes:
        entries: Packages, in the order of the file; the same one may come several times.
        problems: What could not be understood.
        includes: Other files that belong to it, as it writes them.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    includes: tuple[str, ...] = ()


def python_name(name: str) -> str:
    """Return the one spelling of a Python project's name (PyPA's "Names and normalization")."""
    return _SEPARATORS.sub("-", name).lower()


def table(value: object) -> dict[str, object]:
    """Return a mapping as it is, and nothing for other values."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    """Return a list as it is, and nothing for other values."""
    return value if isinstance(value, list) else []


def names(value: object) -> Iterator[str]:
    """Give the usable keys of a mapping or entries of a list."""
    for item in value if isinstance(value, (dict, list)) else ():
        found = text(item)
        if found:
            yield found


def decoded(data: bytes, limits: Limits, what: str) -> str:
    """Return the text of a file.

    Raises:
        LimitError: If it is larger than ``limits.text_bytes``.
        InputError: If it is no text.
    """
    if len(data) > limits.text_bytes:
        raise LimitError(f"the {what} is larger than {limits.text_bytes} bytes")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        # What PowerShell's redirection writes.
        return data.decode("utf-16", "replace").removeprefix("\ufeff")
    if b"\0" in data:
        raise InputError(f"the {what} is no text")
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def toml(data: bytes, limits: Limits, what: str) -> tuple[dict[str, object], str]:
    """Return the document of a TOML file (TOML 1.0), and its text.

    Raises:
        LimitError: If it is larger than ``limits.text_bytes`` or nested too deeply.
        InputError: If it is no TOML.
    """
    import tomllib

    written = decoded(data, limits, what)
    if _LONG_KEY.search(written):
        raise LimitError(f"the {what} has a key of more than 40 parts")
    try:
        return tomllib.loads(written), written
    except RecursionError as error:
        raise LimitError(f"the {what} is nested too deeply") from error
    except ValueError as error:
        raise InputError(f"the {what} is no TOML: {str(error)[:200]}") from error


def line_of_each(written: str, header: str, count: int) -> list[int]:
    """Return the lines that begin the tables of a TOML array, or zeros if that is not certain.

    Args:
        written: The file.
        header: Such as ``[[package]]``.
        count: How many tables were read.
    """
    found = [n for n, line in enumerate(written.split("\n"), 1) if line.strip() == header]
    return found if len(found) == count else [0] * count


def line_of_keys(written: str, pattern: str) -> dict[str, int]:
    """Return the first line of each text that the only group of a pattern matches.

    Args:
        written: The file.
        pattern: Matches within one line.
    """
    finder = re.compile(pattern)
    found: dict[str, int] = {}
    for number, line in enumerate(written.split("\n"), 1):
        if len(line) <= MAX_TEXT * 2 and (match := finder.match(line)):
            found.setdefault(match[1], number)
    return found


def without_version(unknown: Iterable[str], total: int, advice: str) -> tuple[Problem, ...]:
    """Return what to tell of packages that a file names without a version.

    The report stays complete if the file has others; a file of nothing else was not examined.

    Args:
        unknown: Names of these packages, as written.
        total: Packages with a version.
        advice: What to do.
    """
    found = list(dict.fromkeys(unknown))
    if not found:
        return ()
    shown = ", ".join(name[:80] for name in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return (
        Problem(
            "no-version-in-manifest",
            f"not examined, as no version is written: {shown}{more}",
            advice=advice,
            effect=Effect.NOTE if total else Effect.INCOMPLETE,
            count=len(found),
        ),
    )


def reached(starts: Iterable[str], needs: dict[str, list[str]]) -> set[str]:
    """Return what can be reached from some packages by what packages need."""
    found: set[str] = set()
    pending = list(starts)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += needs.get(name, ())
    return found
