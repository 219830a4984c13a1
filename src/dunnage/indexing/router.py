"""Tells which catalogers want a file, by its name or by its first bytes."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dunnage.model.cataloger import Cataloger

    Matches = Callable[[str], object] | None

PROGRAM_FOLDERS = frozenset({"bin", "sbin", "libexec"})
"""Folders of programs, in which catalogers that go by content find most of what they find."""

_MOST = 4
"""How many last characters of a path tell nearly always that no cataloger wants it."""


class Router:
    """Answers for one set of catalogers; it never changes, so threads may share it.

    Args:
        catalogers: By public name.
    """

    def __init__(self, catalogers: Mapping[str, Cataloger]) -> None:
        bases: dict[str, list[tuple[str, str]]] = {}
        suffixes: dict[str, list[tuple[str, Matches]]] = {}
        folders: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {}
        magics: dict[int, dict[bytes, list[str]]] = {}
        for name, cataloger in catalogers.items():
            for base in cataloger.names:
                bases.setdefault(base, []).append((name, ""))
            for path in cataloger.paths:
                bases.setdefault(path.rpartition("/")[2], []).append((name, path))
            for suffix in cataloger.suffixes:
                suffixes.setdefault(suffix[1:], []).append((name, None))
            for glob in cataloger.globs:
                matches = re.compile(translate(glob)).match
                suffixes.setdefault(glob.rpartition(".")[2], []).append((name, matches))
            for folder in cataloger.folders:
                rule = (name, folder, cataloger.folder_suffixes)
                folders.setdefault(folder.rpartition("/")[2], []).append(rule)
            for magic in cataloger.magic:
                magics.setdefault(len(magic), {}).setdefault(magic, []).append(name)
        self._bases = bases
        self._suffixes = suffixes
        self._folders = folders
        names = {f"/{x}" for c in catalogers.values() for x in (*c.names, *c.paths)}
        endings = {x for c in catalogers.values() for x in (*c.suffixes, *c.folder_suffixes)}
        endings |= {f".{x.rpartition('.')[2]}" for c in catalogers.values() for x in c.globs}
        self._length = min(_MOST, *map(len, names | endings), _MOST)
        # A path may be no more than a name, without the slash.
        every = (*endings, *names, *(name[1:] for name in names))
        self._last = frozenset(x[-self._length :] for x in every)
        self._inside = tuple(
            f"{x}/" for c in catalogers.values() if not c.folder_suffixes for x in c.folders
        )
        self._evident = (*self._inside, "bin/", "libexec/")
        self._magics = [
            (length, {magic: tuple(found) for magic, found in sorted(by_magic.items())})
            for length, by_magic in sorted(magics.items())
        ]
        self.starts = frozenset(magic[0] for by_magic in magics.values() for magic in by_magic)
        """First bytes of all files that ``by_magic`` can answer for."""
        self.paths = tuple(dict.fromkeys(x for c in catalogers.values() for x in c.paths))
        """Paths that catalogers want below the root, and below any directory."""
        self.magic_length = max(magics, default=0)
        """How many first bytes ``by_magic`` looks at."""

    def by_name(self, path: str) -> tuple[str, ...]:
        """Return the names of the catalogers that want a path by its name."""
        if path[-self._length :] not in self._last:
            for inside in self._inside:
                if inside in path:
                    break
            else:
                return ()
        folder, _, base = path.rpartition("/")
        rules = self._bases.get(base)
        suffix = self._suffixes.get(base.rpartition(".")[2])
        near = self._folders.get(folder.rpartition("/")[2])
        if rules is None and suffix is None and near is None:
            return ()
        found = [name for name, ending in rules or () if not ending or _ends(path, ending)]
        if suffix is not None and "." in base:
            found += [name for name, matches in suffix if matches is None or matches(base)]
        if near is not None:
            found += [
                name
                for name, ending, endings in near
                if _ends(folder, ending) and (not endings or base.endswith(endings))
            ]
        return tuple(dict.fromkeys(found))

    def by_magic(self, head: bytes) -> tuple[str, ...]:
        """Return the names of the catalogers that want a file by its first bytes."""
        found: tuple[str, ...] = ()
        if not head or head[0] not in self.starts:
            return found
        for length, magics in self._magics:
            found += magics.get(head[:length], ())
        return found

    def evidence(self, path: str) -> bool:
        """Tell whether a file may have to be joined with other packages (``File.evidence``).

        A slash before the path changes nothing.
        """
        if path[-self._length :] in self._last and self.by_name(path):
            return True
        for inside in self._evident:
            if inside in path:
                break
        else:
            return False
        folder = path.rpartition("/")[0]
        return folder.rpartition("/")[2] in PROGRAM_FOLDERS or bool(self.by_name(path))


def _ends(path: str, ending: str) -> bool:
    return path == ending or (path.endswith(ending) and path[-len(ending) - 1] == "/")
