"""Reads Alpine package files of version 2.

The format is that of apk-v2(5): concatenated gzip streams that form one tar. Signatures come
first, then the control part with ``.PKGINFO``, then the files. The fields are those of
apk-package(5) by their names in PKGINFO. Packages of Arch Linux look alike and are told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers import apkdb
from dunnage.parsers._packed_tar import content
from dunnage.parsers._sane_package import sane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits
    from dunnage.model.package import Package
    from dunnage.parsers.tar import TarWalker

INFO = ".PKGINFO"
FIRST = (".SIGN.", INFO, ".BUILDINFO", ".MTREE")
"""How the first entry of such a tar begins; the last two are Arch Linux's."""
_ARCH_LINUX = "pkgbase"


def package(entries: Iterator[TarWalker], limits: Limits) -> Package:
    """Return the package an apk file holds.

    Args:
        entries: Its tar; read to its end, so that a damaged file does not pass for a good one.
        limits: ``text_bytes`` is the largest ``.PKGINFO``.

    Raises:
        InputError: If there is no ``.PKGINFO`` before the files, or something is damaged.
    """
    fields: dict[str, list[str]] | None = None
    control = True
    for entry in entries:
        control = control and entry.path.startswith(".") and "/" not in entry.path
        if control and entry.path == INFO and fields is None:
            fields = _fields(content(entry, limits.text_bytes))
            if _ARCH_LINUX in fields:
                raise InputError("a package of Arch Linux, which this version does not read")
    if fields is None:
        raise InputError(f"an apk package without {INFO}")

    def first(name: str) -> str:
        return fields.get(name, [""])[0]

    return sane(
        apkdb.package_of(
            apkdb.Record(
                name=first("pkgname"),
                version=first("pkgver"),
                arch=first("arch"),
                origin=first("origin"),
                license=first("license"),
                maintainer=first("maintainer"),
                depends=apkdb.names(" ".join(fields.get("depend", ()))),
                provides=apkdb.names(" ".join(fields.get("provides", ()))),
            )
        )
    )


def _fields(data: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found.setdefault(key.strip(), []).append(value.strip())
    return found
