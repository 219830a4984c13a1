"""Finds out whether programs can start: is their loader there, and are all of their libraries.

It searches as the loaders do: ``ld.so(8)`` and ``ldconfig(8)`` for glibc, ``ldso/dynlink.c`` of musl
1.2. Libraries that a program loads by itself later (``dlopen(3)``) are not asked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from dunnage.indexing._paths import parent_of, resolve
from dunnage.indexing.budget import in_time
from dunnage.model.surface import Unlinked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dunnage.indexing.files import Entry, Files
    from dunnage.model.cataloger import Fact

MOST_LIBRARIES = 2000
"""Libraries that are followed for one program."""

_GLIBC_DIRS = ("lib64", "usr/lib64", "lib", "usr/lib", "lib32", "usr/lib32", "libx32", "usr/libx32")
_MUSL_DIRS = ("lib", "usr/local/lib", "usr/lib")
_MULTIARCH = re.compile(r"(?:usr/)?lib/[a-z0-9_]+-linux-[a-z0-9]+")
_MUSL_OWN = re.compile(r"lib(?:c|pthread|rt|m|dl|util|xnet)\.")
"""Libraries that are in musl's loader itself (``reserved`` in ``dynlink.c``)."""


class Asks(Struct):
    """What one ELF file asks of the loader; see ``parsers.elf_dynamic.Dynamic``."""

    machine: str = ""
    interpreter: str = ""
    name: str = ""
    rpath: str = ""
    runpath: str = ""
    needs: str = ""
    offers: str = ""
    needed: list[str] = field(default_factory=list)


def asks_of(fact: Fact) -> Asks:
    """Return what a fact of the detector ``dynamic-linking`` says."""
    asks = Asks()
    for key, value in fact.notes:
        if key == "needed":
            asks.needed.append(value)
        else:
            setattr(asks, key, value)
    return asks


class Linking:
    """The libraries of one target.

    Args:
        files: The tree.
        asks: What ELF files ask, by content.
        configured: Directories by kind of loader (``glibc``, ``musl``), as its files name them.
        library_path: Value of LD_LIBRARY_PATH in the image's environment, or empty.
        deadline: ``time.monotonic()`` after which it ends with OutOfTimeError.
    """

    def __init__(
        self,
        files: Files,
        asks: Mapping[int, Asks],
        configured: Mapping[str, tuple[str, ...]],
        library_path: str = "",
        deadline: float = float("inf"),
    ) -> None:
        self._files = files
        self._asks = asks
        self._deadline = deadline
        self._env = _split(library_path)
        multiarch = {
            folder
            for path in files.rows
            if ".so" in path and _MULTIARCH.fullmatch(folder := parent_of(path))
        }
        glibc = (*configured.get("glibc", ()), *sorted(multiarch), *_GLIBC_DIRS)
        self._glibc = tuple(path.strip("/") for path in glibc)
        musl: tuple[str, ...] = configured.get("musl", ()) or _MUSL_DIRS
        self._musl = tuple(path.strip("/") for path in musl)
        self._found: dict[tuple[str, str, str], tuple[str, Entry] | None] = {}

    def trouble(self, path: str, entry: Entry) -> Unlinked | None:
        """Return why a program cannot start, or None if it can as far as is known.

        Args:
            path: Where it lies.
            entry: The file; nothing is known against one that names no loader.

        Raises:
            OutOfTimeError: If the time is over.
        """
        in_time(self._deadline)
        asks = self._asks.get(entry.content)
        if asks is None or not asks.interpreter:
            return None
        loader = self._files.follow(asks.interpreter.lstrip("/"))
        if loader is None or loader.kind != "f":
            return Unlinked(path, asks.interpreter, (asks.interpreter,), layer=entry.layer)
        musl = "ld-musl" in asks.interpreter
        missing, needs = self._closure(path, asks, musl=musl)
        if missing or needs:
            return Unlinked(path, asks.interpreter, missing, needs, entry.layer)
        return None

    def _closure(self, path: str, asks: Asks, *, musl: bool) -> tuple[tuple[str, ...], str]:
        """Return which libraries are missing, and which version of glibc if that is all."""
        real = resolve(path, self._files.links) or path
        pending = [(real, asks, tuple(self._expanded(asks.rpath, real)))]
        loaded: set[str] = set()
        missing: list[str] = []
        wanted = [asks.needs]
        offered = ""
        while pending and len(loaded) < MOST_LIBRARIES:
            place, one, chain = pending.pop()
            for name in one.needed:
                if name in loaded or (musl and _MUSL_OWN.match(name)):
                    continue
                loaded.add(name)
                found = self._search(name, place, one, chain, musl=musl)
                if found is None:
                    missing.append(name)
                    continue
                where, entry = found
                library = self._asks.get(entry.content)
                if library is None:
                    continue
                loaded.add(library.name)
                wanted.append(library.needs)
                if name == "libc.so.6":
                    offered = library.offers
                inherited = () if one.runpath and not musl else chain
                own = tuple(self._expanded(library.rpath, where))
                pending.append((where, library, (*own, *inherited)))
        highest = max(wanted, key=_number)
        short = offered and _number(highest) > _number(offered)
        return tuple(missing), f"GLIBC_{highest}" if short and not missing else ""

    def _search(
        self, name: str, place: str, asks: Asks, chain: tuple[str, ...], *, musl: bool
    ) -> tuple[str, Entry] | None:
        """Return where a library is, and what; None if the loader would not find it."""
        if "/" in name:
            return self._at(name.lstrip("/"), asks.machine)
        run = tuple(self._expanded(asks.runpath, place))
        if musl:
            folders: Iterable[str] = (*self._env, *run, *chain, *self._musl)
        else:
            folders = (*(() if run else chain), *self._env, *run, *self._glibc)
        return next((found for f in folders if (found := self._in(f, name, asks.machine))), None)

    def _in(self, folder: str, name: str, machine: str) -> tuple[str, Entry] | None:
        key = (folder, name, machine)
        if key not in self._found:
            self._found[key] = self._at(f"{folder}/{name}" if folder else name, machine)
        return self._found[key]

    def _at(self, path: str, machine: str) -> tuple[str, Entry] | None:
        real = resolve(path, self._files.links)
        entry = None if real is None else self._files.entry(real)
        if real is None or entry is None or entry.kind != "f":
            return None
        asks = self._asks.get(entry.content)
        return None if asks is not None and asks.machine != machine else (real, entry)

    def _expanded(self, paths: str, place: str) -> Iterator[str]:
        """Give directories with ``$ORIGIN`` and ``$LIB`` replaced, without the leading slash."""
        for path in _split(paths):
            for origin in ("$ORIGIN", "${ORIGIN}"):
                path = path.replace(origin, f"/{parent_of(place)}")  # noqa: PLW2901
            if "$LIB" in path or "${LIB}" in path:
                for lib in ("lib", "lib64"):
                    yield _normal(path.replace("${LIB}", lib).replace("$LIB", lib))
            else:
                yield _normal(path)


def _normal(path: str) -> str:
    return path.strip("/")


def _split(paths: str) -> tuple[str, ...]:
    return tuple(path for path in paths.replace(";", ":").split(":") if path)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")) if version else ()
