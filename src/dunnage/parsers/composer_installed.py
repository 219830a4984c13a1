"""Reads Composer's list of the packages installed in a vendor directory.

``vendor/composer/installed.json`` is a list of packages (Composer 1) or an object with such a list
in ``packages`` (Composer 2). A package is written as in its ``composer.json`` (Composer's
documentation, "The composer.json schema").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.model.package import Package
from dunnage.parsers._json_values import Json, member, objects, pairs, text, texts
from dunnage.parsers._sane_package import sane
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

MAX_NEEDS = 1000
"""Dependencies of one package."""


def parse(data: bytes, limits: Limits) -> Iterator[Package | InputError]:
    """Give the packages of a list, and an error for each entry that is none.

    Raises:
        InputError: If it is no list of packages.
        LimitError: If it is too large.
    """
    document = loads(data, limits, where="installed.json")
    listed = document if isinstance(document, list) else member(document, "packages")
    if not isinstance(listed, list):
        raise InputError("not a list of Composer packages")
    return map(_read, listed)


def _read(entry: object) -> Package | InputError:
    if not isinstance(entry, dict):
        return InputError("an entry of the list is no package")
    try:
        return sane(_package(entry))
    except InputError as error:
        return error


def _package(entry: Json) -> Package:
    authors = [text(author.get("name")) for author in objects(entry.get("authors"))]
    needs = (text(name) for name, _ in pairs(entry.get("require")))
    return Package(
        type="composer",
        name=text(entry.get("name")),
        version=text(entry.get("version")),
        licenses=texts(entry.get("license")),
        # Names without a vendor are the platform: php, ext-json, lib-icu.
        depends=tuple(sorted({name for name in needs if "/" in name}))[:MAX_NEEDS],
        supplier=authors[0] if authors else "",
    )
