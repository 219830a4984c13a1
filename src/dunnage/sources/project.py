"""Opens a source tree, or one of its lock files.

Lock files and manifests of Python, npm, Yarn, pnpm, Go, Cargo, Maven, Gradle, Bundler, Composer and
NuGet are read; what is installed in the tree (``node_modules``, virtual environments) is not. What
only development needs is marked, and counts with ``--include-dev-deps``. A plain path that looks
like a source tree is taken for one; ``project:`` insists on it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dunnage.model.errors import TargetError
from dunnage.sources._manifests import Manifests
from dunnage.sources._project import lock_of, name_of, project_of
from dunnage.sources._rootfs import file_of, tree_of
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.target import Tree


def _open(text: str, options: Options) -> Tree:
    if os.path.isdir(text):  # noqa: PTH112 - names may be no text
        return project_of(tree_of(text, options.limits), options.limits)
    stored = file_of(text)
    if not Manifests().locks(name_of(text)):
        raise TargetError(
            "neither a directory nor a lock file that is known by its name",
            where=text,
            advice="name the directory, or a file such as package-lock.json",
        )
    return lock_of(stored)


source = Source(
    open=_open,
    summary="a source tree by its lock files and manifests, or one such file",
    example="project:.",
)
