"""Layers with modes, owners and attributes, and what is measured of them."""

from __future__ import annotations

import io
import tarfile
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from dunnage.indexing.measure import surface_of
from dunnage.io.folder import load_all
from dunnage.io.tables import table
from dunnage.model.cataloger import Cataloger
from images import Hardlink, Symlink
from stubs import index, with_plan

if TYPE_CHECKING:
    from dunnage.indexing.files import Files
    from dunnage.indexing.plan import Plan
    from dunnage.model.surface import Surface
    from images import Content

DETECTORS = load_all("dunnage.detectors", "detector", Cataloger)
ROOTED = "security.capability"


class Item(NamedTuple):
    """One entry of a layer; the fields are those of tar headers."""

    path: str
    content: Content = b""
    mode: int = 0
    owner: int = 0
    group: int = 0
    modified: int = 0
    capability: bytes = b""


def tar_of(*items: Item) -> bytes:
    """Return the archive of one layer."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for item in items:
            info = tarfile.TarInfo(item.path)
            content = item.content
            info.mode = item.mode or (0o755 if content is None else 0o644)
            info.uid, info.gid, info.mtime = item.owner, item.group, item.modified
            if item.capability:
                value = item.capability.decode("utf-8", "surrogateescape")
                info.pax_headers = {f"SCHILY.xattr.{ROOTED}": value}
            if content is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(content, Symlink):
                info.type, info.linkname = tarfile.SYMTYPE, content.target
            elif isinstance(content, Hardlink):
                info.type, info.linkname = tarfile.LNKTYPE, content.target
            else:
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return buffer.getvalue()


def measuring(*environ: str) -> Plan:
    """Return a plan that measures as scans do."""
    programs = table("programs")
    measure = partial(surface_of, programs=programs, environ=environ)
    return with_plan(detectors=DETECTORS, measure=measure)


def surface_of_layers(*tars: bytes) -> Surface:
    """Return what is measured of an image."""
    return cast("Surface", index(tars, measuring()).surface)


def files_of(*tars: bytes) -> Files:
    """Return the files that layers make."""
    return cast("Files", index(tars, with_plan(measure=lambda files: files)).surface)


def unpacked(files: Files) -> int:
    """Return the bytes of the tree, each content once."""
    return sum({e.content: e.size for e in files.entries() if e.kind == "f"}.values())
