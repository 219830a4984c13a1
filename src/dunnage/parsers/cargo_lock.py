"""Reads Cargo.lock.

The format is what Cargo writes (the Cargo Book, "Cargo.toml vs Cargo.lock", and the module
``cargo::core::resolver::encode``): one ``[[package]]`` for each crate; those without a source are
the project's own. A dependency is ``name``, ``name version`` or ``name version (source)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, line_of_each, listed, table, toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

_REGISTRIES = (
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io",
)
_HEX = 64
_Crates = dict[str, set[str]]
"""Versions by name."""


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of Cargo.

    Raises:
        InputError: If it is no TOML, or lists no packages in a known way.
        LimitError: If it is too large or nested too deeply.
    """
    document, written = toml(data, limits, "lock file")
    packages = [table(entry) for entry in listed(document.get("package"))]
    if not packages and not {"version", "root"} & document.keys():
        raise InputError("the lock file lists no packages")
    lines = line_of_each(written, "[[package]]", len(packages))
    crates: _Crates = {}
    for told in packages:
        crates.setdefault(text(told.get("name")), set()).add(text(told.get("version")))
    sums = table(document.get("metadata"))
    direct = {
        crate
        for told in [*packages, table(document.get("root"))]
        if not text(told.get("source"))
        for crate in _needed(told, crates)
    }
    entries = []
    for told, line in zip(packages, lines, strict=True):
        name, version = text(told.get("name")), text(told.get("version"))
        source = text(told.get("source"))
        if not name or not version or not source:
            continue
        written_sum = told.get("checksum") or sums.get(f"checksum {name} {version} ({source})")
        digest = text(written_sum)
        entries.append(
            Entry(
                name=name,
                version=version,
                line=line,
                direct=(name, version) in direct,
                depends=tuple(_needed(told, crates)),
                hashes=(("sha-256", digest),) if len(digest) == _HEX else (),
                source="" if source.startswith(_REGISTRIES) else source,
            )
        )
    return Lock(tuple(entries))


def _needed(told: dict[str, object], crates: _Crates) -> Iterator[tuple[str, str]]:
    for item in listed(told.get("dependencies")):
        words = text(item).split(" ")
        found = crates.get(words[0], set())
        if len(words) > 1 and words[1] in found:
            yield words[0], words[1]
        elif len(words) == 1 and len(found) == 1:
            yield from ((words[0], version) for version in found)
