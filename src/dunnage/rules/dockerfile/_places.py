"""Paths inside of an image, without dots and double slashes, and working directories."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.parsers.dockerfile_stages import Stage

_HOMES = ("~/", "$HOME/", "${HOME}/")


def joined(path: str, folder: str | None) -> str | None:
    """Return an absolute path without dots and double slashes, or None if it is not known."""
    for home in _HOMES:
        if path.startswith(home):
            path = "/root/" + path[len(home) :]
    if not path.startswith("/"):
        if folder is None:
            return None
        path = f"{folder}/{path}"
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in {"", "."}:
            steps.append(step)
    return "/" + "/".join(steps)


def covers(folder: str, path: str) -> bool:
    """Tell whether a path is a directory or in it."""
    return folder in {path, "/"} or path.startswith(folder + "/")


def folders(stages: Iterable[Stage]) -> dict[int, str | None]:
    """Return the working directory before every instruction, by its identity.

    None stands for one that the base or the build knows.
    """
    found: dict[int, str | None] = {}
    ends: dict[int, str | None] = {}
    for stage in stages:
        folder = ends.get(stage.parent.index) if stage.parent is not None else None
        for instruction in stage.instructions:
            found[id(instruction)] = folder
            if instruction.keyword == "WORKDIR":
                told = stage.expanded(instruction.value.strip(), instruction)
                known = told.value is not None and not told.undefined
                folder = joined(told.value or "", folder) if known else None
        ends[stage.index] = folder
    return found
