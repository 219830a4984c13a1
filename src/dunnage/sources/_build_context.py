"""The directory that is sent to the builder, as far as rules ask for it."""

from __future__ import annotations

import os
import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.sources._dockerfiles import Place, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.path_patterns import DockerIgnore

_LARGEST_IGNORE = 256 * 1024
_LARGEST = 1024 * 1024
_MOST_NAMES = 10_000
_MOST_FILES = 2_000
_MOST_BYTES = 16 * 1024 * 1024
_MOST_ENTRIES = 200_000


class Directory:
    """A build context on disk; nothing outside of it is looked at, and no link is followed out.

    Args:
        root: The directory.
        dockerfile: Path of the Dockerfile; ``DOCKERFILE.dockerignore`` beside it wins over
            ``.dockerignore`` of the context (https://docs.docker.com/build/concepts/context/).
    """

    def __init__(self, root: str, dockerfile: str = "") -> None:
        """Remember where it is; nothing is read before it is asked for."""
        self._named = root
        self._dockerfile = dockerfile

    @cached_property
    def _root(self) -> str:
        return os.path.realpath(self._named)

    def exists(self, path: str) -> bool:
        """Tell whether a path (relative, with slashes) is there and is not ignored."""
        clean = _inside(path)
        return clean is not None and self._there(clean) and not self.ignored(clean)

    def ignored(self, path: str) -> bool:
        """Tell whether the ignore file leaves a path out."""
        clean = _inside(path)
        return clean is not None and self._ignore is not None and self._ignore.ignores(clean)

    def text(self, path: str) -> str | None:
        """Return a small text file, or None if it is not there or cannot be read."""
        clean = _inside(path)
        if clean is None or not self._there(clean):
            return None
        return _text(os.path.join(self._root, clean), _LARGEST)  # noqa: PTH118 - text in, text out

    def names(self) -> tuple[str, ...]:
        """Return the names in its top directory, sorted; those that are ignored too."""
        try:
            with os.scandir(self._root) as entries:
                found = [entry.name for _, entry in zip(range(_MOST_NAMES), entries, strict=False)]
        except OSError:
            return ()
        return tuple(sorted(found))

    def texts(self, suffixes: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
        """Give the files of some kinds that are sent to the builder, with what they hold.

        Links are not followed, and no directory whose name begins with a dot is entered, nor
        ``node_modules``.

        Args:
            suffixes: Ends of their names, like ``.py``.

        Returns:
            Paths with slashes, sorted within each directory, and texts. The text is None for a file
            that cannot be read, and for the first one past 2,000 files or 16 MiB, which is the last.
        """
        left = _MOST_BYTES
        for number, path in enumerate(self._below(suffixes)):
            text = self.text(path) if number < _MOST_FILES and left > 0 else None
            left -= len(text or "")
            yield path, text
            if text is None and (number >= _MOST_FILES or left <= 0):
                return

    def _below(self, suffixes: tuple[str, ...]) -> Iterator[str]:
        seen = 0
        for folder, folders, files in os.walk(self._root):
            inner = folder[len(self._root) :].strip("/")
            folders[:] = sorted(
                name for name in folders if not name.startswith(".") and name != "node_modules"
            )
            for name in sorted(files):
                seen += 1
                if seen > _MOST_ENTRIES:
                    # What is not looked at must not look like nothing being there.
                    yield "(too many files)"
                    return
                if name.endswith(suffixes) and not self.ignored(f"{inner}/{name}"):
                    yield f"{inner}/{name}".strip("/")

    @property
    def has_ignore_file(self) -> bool:
        """Return True if there is an ignore file for this Dockerfile."""
        return self._ignore is not None

    @cached_property
    def _ignore(self) -> DockerIgnore | None:
        from dunnage.parsers.path_patterns import DockerIgnore

        own = f"{self._dockerfile}.dockerignore" if self._dockerfile else ""
        for path in (own, f"{self._named}/.dockerignore", f"{self._named}/.containerignore"):
            text = _text(path, _LARGEST_IGNORE) if path else None
            if text is not None:
                return DockerIgnore(text)
        return None

    def _there(self, clean: str) -> bool:
        whole = os.path.realpath(os.path.join(self._root, clean))  # noqa: PTH118 - as above
        inside = whole == self._root or whole.startswith(self._root.rstrip("/") + "/")
        return inside and os.path.lexists(whole)


def _inside(path: str) -> str | None:
    """Return a path of the context in its shortest form, or None if it leads out or is none."""
    if "\0" in path:
        return None
    clean = posixpath.normpath(path.strip("/") or ".")
    return None if clean == ".." or clean.startswith("../") else clean


def _text(path: str, largest: int) -> str | None:
    if not os.path.isfile(path):  # noqa: PTH113 - asked for every Dockerfile
        return None
    try:
        data = read_bytes(Place(path, path), largest)
    except InputError:
        return None
    return data.decode("utf-8", "replace") if len(data) <= largest else None
