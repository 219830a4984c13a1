"""Opens one file by itself: a program, an archive of packages, or a package file.

Programs of Go and Rust tell what they were built from; jars, wheels and packages of npm,
Debian, rpm and Alpine tell what they are. What a file is, its content says and not its name. A file
that holds nothing of the kind is told, and never passed as clean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import TargetError
from dunnage.sources._content import examined
from dunnage.sources._opened import single
from dunnage.sources._rootfs import file_of
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.target import Listed, Tree


def _open(text: str, options: Options) -> Listed | Tree:
    stored = file_of(text)
    opened = examined(stored, options.limits)
    if opened.kind in {"file", "dir"}:
        from dunnage.sources._package import package_of

        listed = package_of(stored, options.limits)
        if listed is not None:
            return listed
    if opened.kind != "file":
        raise TargetError(
            "no program, zip archive or package file",
            where=text,
            advice=f"write {opened.kind}:{text}",
        )
    return single(stored)


source = Source(
    open=_open,
    summary="one program, jar, or package file (deb, rpm, apk, whl, npm tgz)",
    example="file:target/app.jar",
)
