"""Reads Debian control files: paragraphs of fields (deb822).

Sources: deb822(5), Debian Policy 5.1 (syntax), 7.1 (relations) and 5.6.1 (``Source``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.model.package import Package

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping


def paragraphs(
    lines: Iterable[str], wanted: Container[str] | None = None
) -> Iterator[dict[str, str] | InputError]:
    """Read the paragraphs of a control file.

    Args:
        lines: The lines of the file, with or without their line ends. Lines of blanks only end a
            paragraph; lines that begin with ``#`` are comments.
        wanted: Field names (lower case) to keep; None keeps all.

    Yields:
        Fields by lower-case name, continuation lines joined by line feeds and stripped of the blanks
        before them; a repeated field keeps its first value. A line that is no field becomes an
        InputError (not raised) with its line number, and its paragraph goes on.
    """
    fields: dict[str, str] = {}
    folded: list[str] | None = None
    name = ""
    seen = False
    for number, line in enumerate(lines, 1):
        first = line[:1]
        if first in {" ", "\t"} and not line.isspace():
            if folded is not None:
                folded.append(line.strip())
            elif not seen:
                yield InputError("a continuation line follows no field", where=f"line {number}")
            continue
        if folded is not None:
            fields[name] = "\n".join(folded)
            folded = None
        if not line or line.isspace():
            if fields:
                yield fields
                fields = {}
            seen = False
            continue
        if first == "#":
            continue
        name, colon, value = line.partition(":")
        name = name.rstrip().lower()
        if not colon or not name or " " in name or "\t" in name:
            yield InputError(f"not a field: {line[:60]!r}", where=f"line {number}")
            continue
        seen = True
        if (wanted is None or name in wanted) and name not in fields:
            folded = [value.strip()]
    if folded is not None:
        fields[name] = "\n".join(folded)
    if fields:
        yield fields


def relation_names(value: str) -> tuple[str, ...]:
    """Return the package names of a relation field, in order and once each.

    Args:
        value: Such as ``libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0, python3:any``. All
            alternatives are named; versions, architectures and build profiles are dropped.
    """
    found: dict[str, None] = {}
    for part in value.replace("|", ",").split(","):
        name = part.strip()
        for sign in " \t\n([<:":
            name = name.partition(sign)[0]
        if name:
            found[name] = None
    return tuple(found)


def source(value: str) -> tuple[str, str]:
    """Return name and version of a ``Source`` field; the version is empty if it states none.

    Args:
        value: Such as ``glibc (2.36-9)`` or ``glibc``.
    """
    name, _, rest = value.partition("(")
    return name.strip(), rest.partition(")")[0].strip()


def package_of(fields: Mapping[str, str]) -> Package:
    """Return the package of a control paragraph (Debian Policy 5.3).

    Args:
        fields: By lower-case name. ``Source`` is only written where it differs (5.6.1).
    """
    name = fields.get("package", "")
    origin, origin_version = source(fields.get("source", ""))
    needs = ", ".join(fields[key] for key in ("pre-depends", "depends") if key in fields)
    return Package(
        type="deb",
        name=name,
        version=fields.get("version", ""),
        arch=fields.get("architecture", ""),
        source=origin or name,
        source_version=origin_version,
        depends=relation_names(needs),
        provides=relation_names(fields.get("provides", "")),
        supplier=fields.get("maintainer", ""),
    )
