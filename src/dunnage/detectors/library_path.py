"""Where the dynamic loader looks for libraries: ``ld.so.conf`` of glibc, ``ld-musl-*.path`` of musl.

Formats: ``ldconfig(8)``, and ``ldso/dynlink.c`` of musl (paths on lines or joined by colons).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File

MOST = 200
"""Directories that one file may name."""


def _parse(file: File) -> Fact | None:
    musl = file.path.endswith(".path")
    if not musl and not file.path.startswith(("etc/ld.so.conf", "usr/etc/ld.so.conf")):
        return None
    if musl and not file.path.startswith("etc/ld-musl-"):
        return None
    text = file.body.all(file.limits.text_bytes).decode("utf-8", "backslashreplace")
    kind = "musl" if musl else "glibc"
    found = []
    for line in text.splitlines():
        words = re.split(r"[:,\s]+", line.partition("#")[0].strip())
        found += [(kind, word.partition("=")[0]) for word in words if word.startswith("/")]
    return Fact(notes=tuple(found[:MOST]))


detector = Cataloger(
    parse=_parse,
    version=1,
    types=(),
    paths=("etc/ld.so.conf",),
    folders=("etc/ld.so.conf.d",),
    folder_suffixes=(".conf",),
    globs=("ld-musl-*.path",),
)
