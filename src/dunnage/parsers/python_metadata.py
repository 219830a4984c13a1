"""Reads the metadata of installed Python packages.

The format is that of PyPA's core metadata specification: header fields as in RFC 822, then a body
that is only description.
"""

from __future__ import annotations

import re

from msgspec import Struct

from dunnage.model.package import Package

MAX_LICENCE = 200
"""Characters of a licence name; what is longer is a text."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_EXTRA = re.compile(r"\bextra\s*(?:==|in\b)")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c-\x1f\x7f-\x9f]")
_UNKNOWN = {"", "unknown", "none", "n/a", "other/proprietary license", "dual license"}


class Metadata(Struct, frozen=True):
    """What the metadata of one package says.

    Attributes:
        name: Project name as written; empty if missing.
        version: Version as written; empty if missing.
        licenses: Licence expression or names.
        requires: Names of required projects, without those only an extra needs.
        author: Author or maintainer, with their address if it is written beside the name.
    """

    name: str
    version: str
    licenses: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    author: str = ""


def parse(data: bytes) -> Metadata:
    """Parse ``METADATA`` or ``PKG-INFO``, or the beginning of one.

    Args:
        data: The file; UTF-8 by its specification, but anything is decoded.
    """
    text = data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    fields = _fields(_CONTROL.sub("\ufffd", text))

    def first(*names: str) -> str:
        values = (fields[name][0] for name in names if name in fields)
        return next((value for value in values if value.lower() not in _UNKNOWN), "")

    author = first("author", "author-email", "maintainer", "maintainer-email")
    requires = (_required(line) for line in fields.get("requires-dist", []))
    return Metadata(
        name=first("name"),
        version=first("version"),
        licenses=_licences(fields),
        requires=tuple(dict.fromkeys(name for name in requires if name)),
        author=" ".join(author.split())[:MAX_LICENCE],
    )


def _fields(text: str) -> dict[str, list[str]]:
    fields: dict[str, list[list[str]]] = {}
    values: list[list[str]] = []
    for bare in text.split("\n"):
        if bare[:1] in {" ", "\t"}:
            if values:
                values[-1].append(bare.strip())
            continue
        if not bare:
            break
        match = _FIELD.match(bare)
        if match is None:
            values = []
            continue
        values = fields.setdefault(match[1].lower(), [])
        values.append([match[2].strip()])
    return {name: ["\n".join(lines) for lines in found] for name, found in fields.items()}


def _required(line: str) -> str:
    requirement, _, marker = line.partition(";")
    match = _NAME.match(requirement.strip())
    return match[0] if match is not None and not _EXTRA.search(marker) else ""


def _licences(fields: dict[str, list[str]]) -> tuple[str, ...]:
    """Return the expression (PEP 639), else the short licence field, else the classifiers."""
    for name in ("license-expression", "license"):
        value = fields.get(name, [""])[0].strip()
        if value.lower() not in _UNKNOWN and len(value) <= MAX_LICENCE and "\n" not in value:
            return (value,)
    names = (
        value.rpartition("::")[2].strip()
        for value in fields.get("classifier", [])
        if value.startswith("License ::")
    )
    return tuple(dict.fromkeys(name for name in names if name != "OSI Approved"))


def package_of(told: Metadata) -> Package:
    """Return the package of Python metadata."""
    return Package(
        type="pypi",
        name=told.name,
        version=told.version,
        licenses=told.licenses,
        depends=told.requires,
        supplier=told.author,
    )
