"""Paths inside of an image: the working directory, and where copies end up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.rules.dockerfile._credentials import sources

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage

_HOMES = ("~/", "$HOME/", "${HOME}/")


def working_directory(stage: Stage, before: Instruction | None = None) -> str | None:
    """Return the working directory at an instruction, or None if the base or the build knows it.

    Args:
        stage: Where.
        before: The instruction; None for the end of the stage.
    """
    path: str | None = None
    for one in reversed(stage.lineage):
        for instruction in one.instructions:
            if one is stage and instruction is before:
                break
            if instruction.keyword == "WORKDIR":
                told = one.expanded(instruction.value.strip(), instruction)
                path = None if told.value is None or told.undefined else joined(told.value, path)
    return path


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


def destination(instruction: Instruction, stage: Stage) -> str | None:
    """Return where COPY or ADD writes: the directory or the file, or None if it is not known."""
    words = instruction.words
    if len(words) < 2:
        return None
    told = stage.expanded(words[-1].text, instruction)
    if told.value is None or told.undefined:
        return None
    return joined(told.value, working_directory(stage, instruction))


def covers(folder: str, path: str) -> bool:
    """Tell whether a path is a directory or in it."""
    return folder in {path, "/"} or path.startswith(folder + "/")


def copied_paths(instruction: Instruction, stage: Stage) -> tuple[str, ...]:
    """Return the paths that COPY or ADD makes, as far as they are known."""
    to = destination(instruction, stage)
    if to is None:
        return ()
    names = sources(instruction)
    last = instruction.words[-1].text
    if len(names) > 1 or last.endswith("/") or last in {".", ".."}:
        found = []
        for word in names:
            name = word.text.rstrip("/").rpartition("/")[2]
            found.append(to if name in {"", ".", "*"} else f"{to.rstrip('/')}/{name}")
        return tuple(found)
    return (to,)
