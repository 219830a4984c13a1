"""Gives source trees: what belongs to a project, and what of it cannot be read."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.problem import Effect, Problem
from dunnage.model.target import Tree, TreeEntry
from dunnage.sources._manifests import LOCK, MANIFEST, UNREAD, Manifests, inside
from dunnage.sources._walk import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dunnage.model.limits import Limits
    from dunnage.sources._stored import Stored

CODE = "project-not-examined"
_SHOWN = 3
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz")


def unread(root: str) -> tuple[Problem, ...]:
    """Return what to tell of a root file system in which no package is found.

    What lies at its top says whether something else was meant: a project, or a saved image.
    """
    names = inside(root)
    kinds = Manifests()
    manifests = sorted(name for name in names if kinds.of(name))
    if manifests:
        message = f"no package is installed in it; {', '.join(manifests[:_SHOWN])} was not read"
        advice = f"write project:{root} to read lock files and manifests"
        return (Problem(CODE, message, where=root, advice=advice),)
    archives = sorted(name for name in names if name.endswith(_ARCHIVES))
    if archives:
        message = f"archives inside a directory are not opened: {', '.join(archives[:_SHOWN])}"
        advice = f"name the archive itself, as in {archives[0]}"
        return (Problem("archive-not-examined", message, where=root, advice=advice),)
    return ()


def project_of(tree: Tree, limits: Limits) -> Tree:
    """Return a directory as a source tree.

    What was installed or unpacked into it is left out, and the walk says so at its end, as it
    does of what could not be read.
    """
    walked = partial(_walked, tree.name, limits)
    return replace(tree, source="project", walk=walked, if_empty=(), project=True)


def lock_of(stored: Stored) -> Tree:
    """Return one lock file or manifest as a source tree."""
    name = stored.name.rstrip("/").rpartition("/")[2]
    entry = TreeEntry(name, "file", stored.size, 0o644, open=stored.reader)

    def walked() -> Iterator[TreeEntry | Problem]:
        seen = _Seen(stored.name)
        seen.add(name)
        yield entry
        yield from seen.told()

    return Tree(stored.name, "project", walked, project=True)


def _walked(root: str, limits: Limits) -> Iterator[TreeEntry | Problem]:
    seen = _Seen(root)
    for entry in walk(root, limits, seen.leaves):
        if isinstance(entry, TreeEntry) and entry.kind == "file":
            seen.add(entry.path)
        yield entry
    yield from seen.told()


class _Seen:
    """What was seen of a project, and what has to be told of it."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._kinds = Manifests()
        self._left: Counter[str] = Counter()
        self._locked: set[tuple[str, str]] = set()
        self._needing: list[tuple[str, str]] = []
        self._unread: list[str] = []

    def leaves(self, path: str, names: Collection[str]) -> bool:
        """Tell whether a directory is not part of the project, and remember that."""
        base = path.rpartition("/")[2]
        if not path or not self._kinds.foreign(base, names):
            return False
        self._left[base] += 1
        return True

    def add(self, path: str) -> None:
        """Remember a file if it says what the project needs."""
        folder, _, base = path.rpartition("/")
        for tool, kind in self._kinds.of(base):
            if kind == LOCK:
                self._locked.add((tool, folder))
            elif kind == MANIFEST:
                self._needing.append((tool, path))
            elif kind == UNREAD:
                self._unread.append(path)

    def told(self) -> Iterator[Problem]:
        """Give what was left out and what could not be read."""
        for path in self._unread:
            message = "a lock file of a kind that cannot be read yet"
            yield Problem(CODE, message, where=path, advice="scan what is built from it")
        if not self._locked and not self._unread:
            yield self._nothing()
        elif self._needing:
            yield from self._without_lock()
        if self._left:
            names = [f"{name} ({n})" if n > 1 else name for name, n in sorted(self._left.items())]
            yield Problem(
                "directories-left-out",
                f"not part of the project and left out: {', '.join(names)}",
                advice=f"rootfs:{self._root} lists what is installed in it instead",
                effect=Effect.NOTE,
                count=sum(self._left.values()),
            )

    def _nothing(self) -> Problem:
        if not self._needing:
            advice = f"rootfs:{self._root} lists what is installed in it"
            return Problem(CODE, "there is no lock file in it", where=self._root, advice=advice)
        return Problem(
            CODE,
            f"there is no lock file that says which versions are used: {self._manifests()}",
            where=self._root,
            advice="let the package manager write one, or scan what is built from it",
            count=len(self._needing),
        )

    def _manifests(self) -> str:
        paths = [path for _, path in self._needing]
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        return ", ".join(paths[:_SHOWN]) + more

    def _without_lock(self) -> Iterator[Problem]:
        """Give a note about manifests with no lock file of their tool beside or above them."""
        bare = [pair for pair in self._needing if not self._is_locked(*pair)]
        if not bare:
            return
        self._needing = bare
        yield Problem(
            "manifest-without-lock",
            f"no lock file beside or above: {self._manifests()}",
            advice="if they need packages, let the package manager write a lock file",
            effect=Effect.NOTE,
            count=len(bare),
        )

    def _is_locked(self, tool: str, path: str) -> bool:
        while path:
            path = path.rpartition("/")[0]
            if (tool, path) in self._locked:
                return True
        return False


def name_of(path: str) -> str:
    """Return the base name of a path as a user wrote it."""
    return os.path.basename(os.path.normpath(path))  # noqa: PTH119 - names may be no text
