"""Paths inside of an image, without dots and double slashes."""

from __future__ import annotations

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
