"""Finds Dockerfiles, and workflows beside them: named, or where Git does not ignore them."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import InputError
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from dunnage.model.limits import Limits
    from dunnage.parsers.path_patterns import GitIgnore

STDIN = "-"
# In lower case, what follows a point is usually the language of a program (dockerfile.py).
_NAMES = re.compile(
    r"(?:Docker|Container)file(?:\..+)?|(?:docker|container)file"
    r"|.+\.(?:[Dd]ocker|[Cc]ontainer)file"
)
# Files that tell what to leave out, copies of editors, templates and programs.
_OTHERS = re.compile(
    r"(?:\.(?:dockerignore|containerignore|bak|orig|rej|swp|md|py|go|rs|rb|js|ts|java|html|j2|jinja2?"
    r"|tmpl|tpl|template|erb|ejs|in)|~)\Z",
    re.IGNORECASE,
)
_WORKFLOWS = (".github", "workflows")
_LARGEST_IGNORE = 256 * 1024
_UP = 40
"""Directories above the one that is searched in which ``.gitignore`` is looked for."""
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class Place(Struct, frozen=True):
    """Where one file is.

    Attributes:
        name: What it is called in the report.
        path: Where it can be opened; empty for standard input.
        found: True if nobody named it: then links are not followed.
        workflow: True for a workflow of GitHub, False for a Dockerfile.
    """

    name: str
    path: str
    found: bool = False
    workflow: bool = False


class Found(Struct, frozen=True):
    """What there is to read.

    Attributes:
        places: In the order they were named, those of a directory sorted.
        problems: What could not be looked at, by the name it was asked for.
    """

    places: tuple[Place, ...]
    problems: tuple[tuple[str, Problem], ...] = ()


def is_named_so(name: str) -> bool:
    """Tell whether a base name is that of a Dockerfile."""
    return _NAMES.fullmatch(name) is not None and not _OTHERS.search(name)


def is_workflow(path: str) -> bool:
    """Tell whether a path is that of a workflow: a YAML file right in ``.github/workflows``.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
    """
    if not path.endswith((".yml", ".yaml")):
        return False
    return _parts(path)[-3:-1] == _WORKFLOWS


def _parts(path: str) -> tuple[str, ...]:
    """Return the names of all directories on the way to a path, and its own."""
    return Path(os.path.normpath(Path(path).absolute())).parts


def dockerfiles(
    named: Iterable[str], limits: Limits, stdin_name: str = "", *, workflows: bool = False
) -> Found:
    """Return the Dockerfiles that files and directories stand for, each once.

    Args:
        named: Files, directories, or ``-`` for standard input.
        limits: ``entries`` is the most of a directory that is looked at.
        stdin_name: What standard input is called in the report.
        workflows: Workflows below directories, and beside Dockerfiles that are named, are wanted as
            well. One that is named always is.
    """
    places: dict[str, Place] = {}
    problems: list[tuple[str, Problem]] = []
    for word in named:
        found: Iterable[Place | Problem] = ()
        folder = word
        if word == STDIN:
            places.setdefault(STDIN, Place(stdin_name or "<stdin>", ""))
        elif Path(word).is_dir():
            found = _searched(word, limits, workflows=workflows)
        else:
            place = Place(word, word, workflow=is_workflow(word))
            places.setdefault(os.path.normpath(word), place)
            if workflows and not place.workflow and Path(word).is_file():
                folder = os.path.join(os.path.dirname(word), *_WORKFLOWS)  # noqa: PTH118, PTH120 - as it was named
                found = _beside(folder, limits)
        for one in found:
            if isinstance(one, Problem):
                problems.append((folder, one))
            else:
                places.setdefault(os.path.normpath(one.path), one)
    return Found(tuple(places.values()), tuple(problems))


def read_bytes(place: Place, largest: int) -> bytes:
    """Return a Dockerfile, at most one byte more than the largest that is wanted.

    Raises:
        InputError: If it is no regular file or cannot be read.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    try:
        fd = os.open(place.path, flags | (os.O_NOFOLLOW if place.found else 0))
    except (OSError, ValueError) as error:
        raise _unreadable(place, error) from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            kind = next((told for test, told in _KINDS if test(status.st_mode)), "a directory")
            advice = "give a file, or its content on standard input: dunnage lint - < FILE"
            raise InputError(f"it is {kind}, no file", where=place.name, advice=advice)
        return _start(fd, min(status.st_size, largest) + 1, largest + 1)
    except OSError as error:
        raise _unreadable(place, error) from error
    finally:
        os.close(fd)


def _start(fd: int, likely: int, most: int) -> bytes:
    """Return the first bytes of a file; ``likely`` is how many one call is to read."""
    data = os.read(fd, likely)
    while len(data) < most and (more := os.read(fd, most - len(data))):
        data += more
    return data


def _unreadable(place: Place, error: OSError | ValueError) -> InputError:
    number = getattr(error, "errno", 0)
    check = "check the path; dunnage lint DIR looks for Dockerfiles itself"
    advice = {
        errno.ENOENT: check,
        errno.ENOTDIR: check,
        errno.ENAMETOOLONG: check,
        errno.ELOOP: "name the file itself, or mend the link",
        errno.EACCES: "run it as somebody who may read it",
        errno.ENXIO: "give a file, or its content on standard input: dunnage lint - < FILE",
    }.get(number, check if isinstance(error, ValueError) else "")
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(f"it cannot be read: {reason}", where=place.name, advice=advice)


def _nothing(root: str) -> Problem:
    return Problem(
        "no-dockerfile",
        "there is no Dockerfile in it",
        where=root,
        advice="files are found by the names Dockerfile, Dockerfile.*, *.Dockerfile and "
        "Containerfile; name any other one itself",
    )


def _searched(root: str, limits: Limits, *, workflows: bool) -> Iterator[Place | Problem]:
    """Give what is in a directory, and a problem if that is nothing."""
    inside = _WORKFLOWS[0] in _parts(root)
    empty = True
    for one in _below(root, limits):
        if isinstance(one, Problem):
            empty = False
        elif one.workflow and not (workflows or inside):
            continue
        elif inside or not one.workflow:
            # Elsewhere workflows alone are not what was asked for.
            empty = False
        yield one
    if empty:
        yield _nothing(root)


def _beside(folder: str, limits: Limits) -> Iterator[Place | Problem]:
    """Give the workflows in a directory that nobody named."""
    path = Path(folder)
    if path.is_symlink() or path.parent.is_symlink() or not path.is_dir():
        return
    for one in _below(folder, limits):
        if isinstance(one, Problem) or one.workflow:
            yield one


def _below(root: str, limits: Limits) -> Iterator[Place | Problem]:
    from dunnage.sources._walk import walk

    ignored = _Ignored(root)
    lead = "" if os.path.normpath(root) == "." else root.rstrip("/") + "/"
    for entry in walk(root, limits, ignored.leaves):
        if isinstance(entry, Problem):
            yield entry
            continue
        base = entry.path.rpartition("/")[2]
        name = lead + entry.path
        workflow = is_workflow(name)
        if entry.kind == "directory" or not (workflow or is_named_so(base)):
            continue
        if ignored.holds(entry.path, folder=False):
            continue
        if entry.kind == "symlink":
            message = f"a link to {entry.link or 'something'}, which is not followed"
            yield Problem("link-not-followed", message, where=name, effect=Effect.NOTE)
        elif entry.kind == "file":
            yield Place(name, name, found=True, workflow=workflow)


class _Ignored:
    """What Git ignores below a directory: ``.gitignore`` files in it, above it and below it."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._files: dict[str, GitIgnore] = {}
        self._above = _above(root)

    def leaves(self, path: str, names: Collection[str]) -> bool:
        """Tell whether a directory is left out, and read its ``.gitignore`` if it is not."""
        if path and (path.rpartition("/")[2] == ".git" or self.holds(path, folder=True)):
            return True
        if ".gitignore" in names:
            text = _text(f"{self._root}/{path}/.gitignore")
            if text:
                self._files[path] = _patterns(text)
        return False

    def holds(self, path: str, *, folder: bool) -> bool:
        """Tell whether a path is ignored; its parents were asked for before."""
        above = path
        while above:
            above = above.rpartition("/")[0]
            file = self._files.get(above)
            below = path[len(above) + 1 :] if above else path
            verdict = file.verdict(below, folder=folder) if file else None
            if verdict is not None:
                return verdict
        for lead, file in self._above:
            verdict = file.verdict(f"{lead}{path}", folder=folder)
            if verdict is not None:
                return verdict
        return False


def _above(root: str) -> list[tuple[str, GitIgnore]]:
    """Return the files in the directories above, up to the repository's top, nearest first."""
    here = Path(root).resolve()
    found: list[tuple[str, GitIgnore]] = []
    lead, folder = "", here
    for _ in range(_UP):
        if folder != here and (text := _text(str(folder / ".gitignore"))):
            found.append((lead, _patterns(text)))
        if (folder / ".git").exists():
            if text := _text(str(folder / ".git" / "info" / "exclude")):
                found.append((lead, _patterns(text)))
            return found
        if folder.parent == folder:
            break
        lead, folder = f"{folder.name}/{lead}", folder.parent
    return []


def _patterns(text: str) -> GitIgnore:
    from dunnage.parsers.path_patterns import GitIgnore

    return GitIgnore(text)


def _text(path: str) -> str:
    """Return a small regular file as text, or nothing."""
    try:
        data = read_bytes(Place(path, path, found=True), _LARGEST_IGNORE)
    except InputError:
        return ""
    return data[:_LARGEST_IGNORE].decode("utf-8", "replace")
