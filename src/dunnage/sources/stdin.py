"""Opens what comes on standard input: an archive of an image or root file system, or an SBOM.

What it is, its content says. It is kept in a spool file up to the limit of bytes and read from there,
so that ``docker save app:1 | dunnage scan -`` needs no file of yours.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from dunnage.model.errors import TargetError, UsageError
from dunnage.sources._choose import STDIN_NAME
from dunnage.sources._content import examined
from dunnage.sources._opened import target_of
from dunnage.sources._source import Options, Source
from dunnage.sources._spool import spooled
from dunnage.sources._stored import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.target import Several, Target

_CHUNK = 1024 * 1024
_STDIN = 0


def _open(text: str, options: Options) -> Target | Several:
    """Open standard input; ``text`` is empty or ``#`` and the image to choose."""
    return target_of(examined(_stored(options), options.limits), text.lstrip("#"), options)


def _stored(options: Options) -> Stored:
    """Return standard input as a file: itself if it is one, else a temporary copy.

    A copy is needed because the list of layers comes last in most archives.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        raise UsageError(
            "nothing comes on standard input",
            advice="pipe an archive into it, as in: docker save app:1.2 | dunnage scan -",
        )
    try:
        mode = os.fstat(_STDIN).st_mode
        if stat.S_ISREG(mode) and os.lseek(_STDIN, 0, os.SEEK_CUR) == 0:
            return Stored(os.dup(_STDIN), STDIN_NAME)
    except OSError as error:
        raise TargetError(f"cannot be read: {error.strerror}", where=STDIN_NAME) from error
    advice = "save it to a file and name that; plain archives are read in place"
    return spooled(_chunks(), options.limits, STDIN_NAME, advice)


def _chunks() -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(_STDIN, _CHUNK)
        except OSError as error:
            raise TargetError(f"cannot be read: {error.strerror}", where=STDIN_NAME) from error
        if not chunk:
            return
        yield chunk


source = Source(
    open=_open,
    summary="an archive of an image or a root file system, or an SBOM, on standard input",
    example="-",
)
