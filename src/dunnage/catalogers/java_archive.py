"""Lists the Maven packages in Java archives, also in archives within archives.

A package is told by its ``META-INF/maven/<group>/<artifact>/pom.properties``, of which an archive
with other packages inside has several; else by manifest and file name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.errors import LimitError

if TYPE_CHECKING:
    from dunnage.model.cataloger import File

_MUST = (".jar", ".war", ".ear")
_SUFFIXES = (*_MUST, ".par", ".sar", ".jpi", ".hpi", ".nar", ".kar")


def parse(file: File) -> Fact | None:
    """Read one archive and those within it, keeping the bounds of ``file.limits``.

    Archives within archives that cannot be read become problems; the rest goes on.

    Raises:
        InputError: If the outermost archive is broken.
        LimitError: If it has too many members or packages.
        BusyError: If there was no room for an archive within, which may be otherwise next time.
    """
    if not file.path.lower().endswith(_MUST) and file.body.read(0, 2) != b"PK":
        return None  # Other formats share these suffixes.
    # Imported here: a scan that is answered from the cache needs no parsers.
    from dunnage.catalogers._java_archive import Budget, Walk

    walk = Walk(file.limits, Budget(file.limits, file.size), _SUFFIXES)
    packages = walk.archive(file.body, file.path, depth=0)
    if len(packages) > file.limits.packages:
        raise LimitError(f"the archive holds {len(packages)} packages")
    if not packages and not walk.problems:
        return None
    return Fact(packages=tuple(packages), problems=tuple(walk.problems))


cataloger = Cataloger(parse=parse, version=2, types=("maven",), suffixes=_SUFFIXES)
