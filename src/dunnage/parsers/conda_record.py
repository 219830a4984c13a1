"""Reads what conda keeps of an installed package.

``conda-meta/NAME-VERSION-BUILD.json`` holds the package's entry of its channel's index and the list
of its files (conda's documentation, "Package specification", and the schema
``repodata-record-1``). The package URL is that of purl-spec's type ``conda``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.model.package import Package
from dunnage.parsers._json_values import Json, text
from dunnage.parsers._sane_package import sane
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from dunnage.model.limits import Limits

MAX_NEEDS = 1000
"""Dependencies of one package."""
_HEX = {"sha256": ("sha-256", 64), "md5": ("md5", 32)}


def parse(data: bytes, limits: Limits) -> Package:
    """Return the package of one record.

    Raises:
        InputError: If it is no record, or says no name or version.
        LimitError: If it is too large.
    """
    document = loads(data, limits, where="conda-meta")
    if not isinstance(document, dict):
        raise InputError("the record of the conda package is no JSON object")
    return sane(_package(document))


def _package(record: Json) -> Package:
    subdir = text(record.get("subdir"))
    qualifiers = {
        "build": text(record.get("build")),
        "channel": _channel(text(record.get("channel")), subdir),
        "subdir": subdir,
        "type": _kind(text(record.get("fn")) or text(record.get("url"))),
    }
    needs = record.get("depends")
    licence = text(record.get("license"))
    return Package(
        type="conda",
        name=text(record.get("name")),
        version=text(record.get("version")),
        licenses=(licence,) if licence else (),
        depends=_names(needs) if isinstance(needs, list) else (),
        hashes=tuple(_hashes(record)),
        qualifiers=tuple((key, value) for key, value in qualifiers.items() if value),
    )


def _channel(written: str, subdir: str) -> str:
    """Return the name of a channel, without the address it was fetched from.

    The address may hold a password or a token, which must not be shown.
    """
    path = written.rstrip("/").removesuffix(f"/{subdir}") if subdir else written.rstrip("/")
    return path.rpartition("/")[2]


def _kind(file: str) -> str:
    return next((kind for kind in ("tar.bz2", "conda") if file.endswith(f".{kind}")), "")


def _names(needs: list[object]) -> tuple[str, ...]:
    """Return the names of match specifications (``channel::name version build``)."""
    found: dict[str, None] = {}
    for need in needs[:MAX_NEEDS]:
        name = text(need).rpartition("::")[2].partition(" ")[0]
        for mark in "=<>!~[":
            name = name.partition(mark)[0]
        if name and not name.startswith("__"):  # Virtual packages stand for the machine.
            found[name] = None
    return tuple(sorted(found))


def _hashes(record: Json) -> list[tuple[str, str]]:
    found = []
    for key, (algorithm, length) in _HEX.items():
        digest = text(record.get(key)).lower()
        if len(digest) == length and not digest.strip("0123456789abcdef"):
            found.append((algorithm, digest))
    return found
