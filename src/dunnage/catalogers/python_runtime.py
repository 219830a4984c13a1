"""Finds CPython itself, where no operating system package installed it.

The interpreter (``python3.11``), or the library it is only a front of (``libpython3.11.so.1.0``),
holds its version (``PY_VERSION`` of ``patchlevel.h``) as a text of its own. Linkers may store it as
the end of a longer one, such as ``/opt/python/3.11.7``; that counts if there is nothing better.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dunnage.model.cataloger import File

_SERIES = ("2.7", *(f"3.{minor}" for minor in range(31)))
_ABIS = ("", "m", "t", "d")
"""Marks of variants: memory allocator (until 3.7), free threading, debugging."""
_NAMES = (
    *(f"python{series}{abi}" for series in _SERIES for abi in _ABIS),
    *(f"libpython{series}{abi}.so.1.0" for series in _SERIES for abi in _ABIS),
)
_FILE = re.compile(r"(?:lib)?python([23]\.[0-9]+)")
_MOST = 64


def parse(file: File) -> Fact | None:
    """Read one program or library; None if it does not hold the version of its series.

    Raises:
        InputError: If it is a broken ELF file.
    """
    series = _FILE.match(file.path.rpartition("/")[2])
    if series is None:
        return None
    # Imported here: a scan that is answered from the cache needs no parsers.
    from dunnage.catalogers._runtime import matches, package

    word = series[1].encode() + b"."
    pattern = re.compile(
        rb"([^0-9.])(" + re.escape(word) + rb"[0-9]{1,4}(?:(?:a|b|rc)[0-9]{1,3})?)\+?\0"
    )
    likely = ""
    for match in matches(file, word, pattern, _MOST):
        version = match[2].decode()
        if match[1] == b"\0":
            likely = version
            break
        likely = likely or version
    if not likely:
        return None
    return Fact(packages=(package("python", likely, "python:python"),))


def _assemble(facts: Sequence[Fact]) -> Iterable[Fact]:
    from dunnage.catalogers._runtime import one_each

    return one_each(facts) if facts else ()


cataloger = Cataloger(
    parse=parse,
    version=1,
    types=("generic",),
    names=_NAMES,
    unowned=True,
    assemble=_assemble,
)
