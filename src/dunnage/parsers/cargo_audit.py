"""Decodes the dependency list that cargo-auditable embeds in Rust programs.

Section ``.dep-v0`` holds zlib-compressed JSON, described in ``PARSING.md`` and the JSON schema of
the cargo-auditable repository.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

from dunnage.model.errors import InputError, LimitError

SECTION = ".dep-v0"
MAX_TEXT = 512
"""Characters of a crate's name and version."""


class Crate(NamedTuple):
    """One crate a program was built with.

    Attributes:
        name: Crate name.
        version: Semantic version.
        source: ``crates.io``, ``git``, ``local``, ``registry`` or another word.
        kind: ``runtime`` (linked in) or ``build`` (only run while building).
        depends: Places of the crates it needs, in the same list.
        root: True for the program itself.
    """

    name: str
    version: str
    source: str = "crates.io"
    kind: str = "runtime"
    depends: tuple[int, ...] = ()
    root: bool = False


def parse(data: bytes, most: int) -> tuple[Crate, ...]:
    """Parse the content of the section, keeping the order, so that ``depends`` holds.

    Args:
        data: Content of the section; bytes after the compressed stream are padding.
        most: Largest size of the JSON, in bytes.

    Raises:
        InputError: If it cannot be decompressed, is no JSON, or lacks names and versions.
        LimitError: If it grows beyond ``most``.
    """
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, most + 1)
    except zlib.error as error:
        raise InputError(f"the crate list cannot be decompressed: {error}") from error
    if len(text) > most:
        raise LimitError(f"the crate list has more than {most} bytes")
    if not inflater.eof:
        raise InputError("the crate list is cut off")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the crate list is not JSON: {error}") from error
    entries = document.get("packages") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise InputError("the crate list has no packages")
    return tuple(_crate(entry, place) for place, entry in enumerate(entries))


def _crate(entry: Any, place: int) -> Crate:  # noqa: ANN401 - JSON has every type
    name = entry.get("name") if isinstance(entry, dict) else None
    version = entry.get("version") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not isinstance(version, str) or not name:
        raise InputError("a crate has no name or no version", where=f"packages[{place}]")
    if not (name + version).isprintable() or len(name) + len(version) > MAX_TEXT:
        raise InputError("a crate has an absurd name or version", where=f"packages[{place}]")
    needs = entry.get("dependencies")
    places = tuple(n for n in needs if isinstance(n, int)) if isinstance(needs, list) else ()
    source = entry.get("source", "crates.io")
    return Crate(
        name=name,
        version=version,
        source=source[:MAX_TEXT] if isinstance(source, str) and source.isprintable() else "",
        kind="build" if entry.get("kind", "runtime") == "build" else "runtime",
        depends=places,
        root=entry.get("root") is True,
    )
