"""Turns a file that was recognised by its content into a target."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.errors import InputError
from dunnage.model.target import Tree, TreeEntry
from dunnage.sources import _docker, _layout
from dunnage.sources._rootfs import layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits
    from dunnage.model.problem import Problem
    from dunnage.model.target import Listed, Several, Target
    from dunnage.sources._content import Opened
    from dunnage.sources._source import Options
    from dunnage.sources._stored import Stored


def target_of(opened: Opened, selector: str, options: Options) -> Target | Several:
    """Return what a recognised file holds.

    Args:
        opened: The file and its kind.
        selector: Image to choose from an archive, or empty.
        options: How to open it.

    Raises:
        TargetError: If it holds nothing to examine, or a choice is needed.
        InputError: If it is damaged.
    """
    stored = opened.stored
    if opened.kind == "docker-archive":
        return _docker.layers_of(opened, selector, options)
    if opened.members is not None:
        files = _layout.Packed(opened.members)
        kind, problems = opened.kind, opened.problems
        return _layout.layers_of(files, stored.name, kind, selector, options, problems)
    if opened.kind == "sbom":
        from dunnage.sources._sbom import listed_of

        return listed_of(stored, options.limits)
    if opened.kind == "file" or opened.package:
        from dunnage.sources._package import package_of

        listed = package_of(stored, options.limits)
        if listed is not None:
            return listed
    if opened.kind == "file":
        return single(stored)
    layers = layer_of(stored, opened.problems)
    return replace(layers, otherwise=partial(_package, stored, options.limits))


def _package(stored: Stored, limits: Limits) -> Listed | None:
    """Return the package a tar is if it is none of a root file system; npm takes any folder."""
    from dunnage.sources._package import package_of

    try:
        listed = package_of(stored, limits)
    except InputError:
        return None
    note = "read as file: a package, since no packages are installed in it"
    return replace(listed, note=note) if listed is not None else None


def single(stored: Stored) -> Tree:
    """Return a tree of one file."""
    from dunnage.sources._barren import barren

    name = stored.name.rstrip("/").rpartition("/")[2]
    entry = TreeEntry(name, "file", stored.size, 0o644, open=stored.reader)

    def walk() -> Iterator[TreeEntry | Problem]:
        yield entry

    return Tree(stored.name, "file", walk, if_empty=(barren(stored),))
