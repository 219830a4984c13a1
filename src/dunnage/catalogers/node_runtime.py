"""Finds Node.js itself, where no operating system package installed it.

The program is called ``node``; its user agent for fetching (``node.js/v20.1.0``) is one of its
constants.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File

_WORD = b"node.js/v"
_VERSION = re.compile(
    rb"(?s:.)node\.js/v([0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(?:-[0-9A-Za-z.-]{1,40})?)(?![0-9A-Za-z])"
)
_MOST = 100


def parse(file: File) -> Fact | None:
    """Read one program; None if it is not Node.

    Raises:
        InputError: If it is a broken ELF file.
    """
    # Imported here: a scan that is answered from the cache needs no parsers.
    from dunnage.catalogers._runtime import matches, package

    for match in matches(file, _WORD, _VERSION, _MOST):
        return Fact(packages=(package("node", match[1].decode(), "nodejs:node.js"),))
    return None


cataloger = Cataloger(parse=parse, version=2, types=("generic",), paths=("bin/node",), unowned=True)
