"""Opens one file by itself: a program, an archive of packages, or a package file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import TargetError
from dunnage.sources._content import examined
from dunnage.sources._opened import single
from dunnage.sources._rootfs import file_of
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.target import Tree


def _open(text: str, options: Options) -> Tree:
    stored = file_of(text)
    opened = examined(stored, options.limits)
    if opened.kind != "file":
        raise TargetError(
            "no program, zip archive or package file",
            where=text,
            advice=f"write {opened.kind}:{text}",
        )
    return single(stored)


source = Source(
    open=_open,
    summary="one program, jar or other zip archive, or package file",
    example="file:target/app.jar",
)
