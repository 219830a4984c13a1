"""Gives root file systems: a directory as a tree, the tar of one as a single layer."""

from __future__ import annotations

import os
import stat
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from dunnage.model.errors import TargetError
from dunnage.model.image import Image, Layer
from dunnage.model.target import Layers, Tree
from dunnage.sources._project import unread
from dunnage.sources._stored import open_file, unreadable
from dunnage.sources._walk import walk

if TYPE_CHECKING:
    from dunnage.model.limits import Limits
    from dunnage.model.problem import Problem
    from dunnage.sources._stored import Stored


def tree_of(path: str, limits: Limits) -> Tree:
    """Return the tree below a directory.

    Raises:
        TargetError: If it is no directory, may not be read, or is empty.
    """
    try:
        with os.scandir(path) as entries:
            empty = next(entries, None) is None
    except OSError as error:
        raise unreadable(error, path) from error
    if empty:
        raise TargetError(
            "the directory is empty", where=path, advice="name the one that holds the files"
        )
    return Tree(path, "dir", partial(walk, path, limits), if_empty=unread(path))


def layer_of(stored: Stored, problems: tuple[Problem, ...] = ()) -> Layers:
    """Return the tar of a root file system, perhaps compressed, as an image of one layer.

    The layer has no digests: nothing says what it should hold, so nothing may be taken from a
    cache for it.
    """
    layer = Layer(0, size=stored.size, media_type="application/x-tar")

    def open_layer(layer: Layer) -> BinaryIO:
        return stored.reader(0, layer.size)

    image = Image(reference=stored.name, layers=(layer,))
    return Layers(stored.name, "dir", image, open_layer, problems)


def file_of(path: str) -> Stored:
    """Open a regular file, telling directories apart with advice.

    Raises:
        TargetError: If it is none, is missing or may not be read.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - names may be no text
    except OSError as error:
        raise unreadable(error, path) from error
    if stat.S_ISDIR(mode):
        raise TargetError(
            "a directory, not a file", where=path, advice="a directory is opened with dir:"
        )
    return open_file(path)
