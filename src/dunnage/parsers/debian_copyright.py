"""Reads which licences a Debian package's copyright file names.

Sources: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/ for machine-readable
files; Debian Policy 12.5 for the others, which point at texts in ``/usr/share/common-licenses``.
"""

from __future__ import annotations

import re

_FORMAT = re.compile(rb"\A\s*Format(?:-Specification)?:", re.IGNORECASE)
_LICENSE = re.compile(rb"^License:[ \t]*(\S[^\r\n]{0,199})", re.IGNORECASE | re.MULTILINE)
_COMMON = re.compile(rb"/usr/share/common-licenses/([A-Za-z0-9][A-Za-z0-9.+-]{0,60})")

_MOST = 100


def licences(data: bytes) -> tuple[str, ...]:
    """Return the licences a copyright file names, in order and once each, at most 100.

    Args:
        data: The file. If it is machine-readable these are its short names (``GPL-2+``,
            ``GPL-2+ or Artistic``), else the names of the common licence texts it points at
            (``GPL-2``), which says nothing about later versions.
    """
    pattern = _LICENSE if _FORMAT.match(data) else _COMMON
    found: dict[str, None] = {}
    for match in pattern.finditer(data):
        found[match[1].decode("utf-8", "replace").strip().rstrip(".")] = None
        if len(found) >= _MOST:
            break
    return tuple(name for name in found if name)
