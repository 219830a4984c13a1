"""Measures the surface of a target: goes once through its files, and asks what detectors learned."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from dunnage.indexing._paths import shown
from dunnage.indexing.linking import Asks, Linking, asks_of
from dunnage.indexing.listing import ELF, PLAIN
from dunnage.model.surface import (
    Account,
    Credential,
    Leftover,
    Place,
    Privileged,
    Program,
    Surface,
    Unlinked,
)
from dunnage.parsers.file_capability import names as capability_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dunnage.indexing.files import Entry, Files
    from dunnage.model.cataloger import Fact

T = TypeVar("T")

MOST = 1000
"""Things of one kind that are listed; more are counted."""

SETUID, SETGID, STICKY, ALL_WRITE, ALL_RUN = 0o4000, 0o2000, 0o1000, 0o002, 0o111

_BOXES = frozenset({"busybox", "toybox"})
"""Names of programs that are many in one, each under a link of its own."""
_KINDS = ("shell", "package-manager", "compiler", "interpreter")


class _Known(NamedTuple):
    """The table ``data/programs``, made ready."""

    folders: frozenset[str]
    names: dict[str, str]
    patterns: list[tuple[re.Pattern[str], str]]
    paths: dict[str, str]
    parts: dict[str, list[tuple[str, str]]]


def surface_of(files: Files, programs: Mapping[str, Any], environ: Sequence[str] = ()) -> Surface:
    """Return what the files of a target offer to whoever gets in, and what of them is of no use.

    Args:
        files: The tree.
        programs: The table ``data/programs``.
        environ: Environment of the image as ``KEY=value``; LD_LIBRARY_PATH counts.

    Returns:
        All that the files tell; not what images or packages do.
    """
    return _Measuring(files, programs, environ).done()


class _Measuring:
    """The state of one measuring."""

    def __init__(self, files: Files, programs: Mapping[str, Any], environ: Sequence[str]) -> None:
        self.files = files
        self.known = _known(programs)
        paths = (line.partition("=")[2] for line in environ if line.startswith("LD_LIBRARY_PATH="))
        self.library_path = next(paths, "")
        self.counts: Counter[str] = Counter()
        self.unpacked = 0
        self.contents: set[int] = set()
        self.privileged: list[Privileged] = []
        self.open: list[Place] = []
        self.candidates: list[tuple[str, str, str]] = []
        self.left: dict[tuple[str, str], tuple[list[int], Counter[int]]] = {}
        self.binaries: list[Entry] = []
        self.visible: dict[int, str] = {}
        self.boxes: set[int] = set()

    def done(self) -> Surface:
        files = self.files
        facts = list(files.facts())
        asked = {content for content, _ in facts}
        for entry in files.entries():
            self._entry(entry, asked)
        asks = {c: asks_of(f) for c, f in facts if f.cataloger == "dynamic-linking"}
        elf = {entry.content for entry in self.binaries}
        libc, version = _libc(files, asks, self.visible)
        more: list[tuple[str, int]] = []

        def some(name: str, found: Iterable[T], key: Any = None) -> tuple[T, ...]:  # noqa: ANN401
            ordered = sorted(found, key=key or (lambda one: one.path))
            if len(ordered) > MOST:
                more.append((name, len(ordered) - MOST))
            return tuple(ordered[:MOST])

        return Surface(
            unpacked=self.unpacked,
            layer_bytes=files.layer_bytes,
            files=self.counts["f"],
            directories=self.counts["d"] + self.counts["i"],
            links=self.counts["l"],
            executables=self.counts["executable"],
            static=sum(1 for c in elf if c in asks and not (asks[c].interpreter or asks[c].needed)),
            loader=any(
                asks[c].interpreter and files.follow(asks[c].interpreter.lstrip("/"))
                for c in elf
                if c in asks
            )
            or bool(libc),
            libc=libc,
            libc_version=version,
            programs=some("programs", self._programs(), lambda one: (one.kind, one.name, one.path)),
            privileged=some("privileged", self.privileged),
            open_directories=some("open_directories", self.open),
            leftovers=some("leftovers", self._leftovers(), lambda one: (-one.size, one.path)),
            waste=files.waste,
            credentials=some("credentials", self._credentials(facts)),
            accounts=some("accounts", self._accounts(facts), lambda one: (one.path, one.line)),
            unlinked=some("unlinked", self._unlinked(facts, asks)),
            more=tuple(more),
        )

    def _entry(self, entry: Entry, asked: set[int]) -> None:
        """Count one path, and keep it if it is one of the few that matter."""
        self.counts[entry.kind] += 1
        mode = entry.mode
        if entry.kind == "d":
            if mode & ALL_WRITE and not mode & STICKY:
                self.open.append(Place(shown(entry.path), mode, entry.layer))
            return
        folder, _, base = entry.path.rpartition("/")
        if folder.rpartition("/")[2] in self.known.folders and entry.kind in "fl":
            kind = _kind_of(base, self.known)
            if kind:
                self.candidates.append((kind, base, entry.path))
        if entry.kind != "f":
            return
        self._left_over(entry, folder)
        if entry.content in asked:
            self.visible.setdefault(entry.content, entry.path)
        first = entry.content not in self.contents
        if first:
            self.contents.add(entry.content)
            self.unpacked += entry.size
        if base in _BOXES:
            self.boxes.add(entry.content)
        if first and mode & ALL_RUN and entry.form != PLAIN:
            self.counts["executable"] += 1
            if entry.form == ELF:
                self.binaries.append(entry)
        capability = self.files.capability(entry.content)
        if (mode & (SETUID | SETGID) and mode & ALL_RUN) or capability:
            held = _held(capability)
            self.privileged.append(
                Privileged(shown(entry.path), mode, entry.owner, entry.group, held, entry.layer)
            )

    def _left_over(self, entry: Entry, folder: str) -> None:
        """Count a file that a package manager keeps for itself."""
        known = self.known
        if not entry.size:
            return
        base = entry.path.rpartition("/")[2]
        if base in {"lock", "partial"}:
            return
        path = folder
        while path:
            manager = known.paths.get(path)
            for ending, name in () if manager else known.parts.get(path.rpartition("/")[2], ()):
                if path == ending or path.endswith(f"/{ending}"):
                    manager = name
            if manager:
                total, layers = self.left.setdefault((manager, path), ([0, 0], Counter()))
                total[0] += entry.size
                total[1] += 1
                layers[entry.layer] += entry.size
                return
            path = path.rpartition("/")[0]

    def _leftovers(self) -> Iterator[Leftover]:
        for (manager, path), ((size, files), layers) in self.left.items():
            layer = layers.most_common(1)[0][0]
            yield Leftover(manager, shown(path), size, files, layer)

    def _programs(self) -> Iterator[Program]:
        """Give each program once, under its shortest name; a shell under its own, not as ``sh``."""
        best: dict[tuple[str, str], tuple[bool, int, str, str, int]] = {}
        for kind, name, path in self.candidates:
            entry = self.files.follow(path)
            if entry is None or entry.kind != "f" or not entry.mode & ALL_RUN:
                continue
            box = entry.content in self.boxes
            if box and kind != "shell":
                continue  # its rpm and dpkg unpack a file; they manage no packages
            key = (kind, f"{entry.content}:{name}" if box else str(entry.content))
            other = kind == "shell" and not entry.path.endswith(f"/{name}")
            found = (other, len(name), name, path, entry.layer)
            if key not in best or found < best[key]:
                best[key] = found
        for (kind, _), (_, _, name, path, layer) in best.items():
            yield Program(kind, shown(name), shown(path), layer)

    def _credentials(self, facts: Iterable[tuple[int, Fact]]) -> Iterator[Credential]:
        for content, fact in facts:
            if fact.cataloger != "credential-file":
                continue
            path = self.visible.get(content) or self.files.place(content)
            if not path:
                continue
            removed = content not in self.visible
            layer = self.files.layer_of(content)
            for certainty, what in fact.notes:
                yield Credential(shown(path), what, certainty == "certain", layer, removed)

    def _accounts(self, facts: Iterable[tuple[int, Fact]]) -> Iterator[Account]:
        for content, fact in facts:
            if fact.cataloger == "account-file" and content in self.visible:
                layer = self.files.layer_of(content)
                for trouble, told in fact.notes:
                    line, _, name = told.partition(" ")
                    path = shown(self.visible[content])
                    yield Account(path, shown(name), trouble, int(line), layer)

    def _unlinked(
        self, facts: Iterable[tuple[int, Fact]], asks: Mapping[int, Asks]
    ) -> Iterator[Unlinked]:
        configured: dict[str, tuple[str, ...]] = {}
        for content, fact in facts:
            if fact.cataloger == "library-path" and content in self.visible:
                for kind, path in fact.notes:
                    configured[kind] = (*configured.get(kind, ()), path)
        linking = Linking(self.files, asks, configured, self.library_path, self.files.deadline)
        for entry in self.binaries:
            found = linking.trouble(entry.path, entry)
            if found is not None:
                yield found


def _held(capability: bytes) -> tuple[str, ...]:
    if not capability:
        return ()
    try:
        return capability_names(capability)
    except ValueError:
        return ("unreadable",)


def _known(programs: Mapping[str, Any]) -> _Known:
    names: dict[str, str] = {}
    patterns = []
    for row in programs["program"]:
        for name in row["names"]:
            names.setdefault(name, row["kind"])
        if "match" in row:
            patterns.append((re.compile(row["match"]), row["kind"]))
    paths: dict[str, str] = {}
    parts: dict[str, list[tuple[str, str]]] = {}
    for row in programs["leftover"]:
        if "path" in row:
            paths[row["path"]] = row["manager"]
        else:
            ending = row["name"]
            parts.setdefault(ending.rpartition("/")[2], []).append((ending, row["manager"]))
    return _Known(frozenset(programs["folders"]), names, patterns, paths, parts)


def _kind_of(base: str, known: _Known) -> str:
    kind = known.names.get(base)
    if kind is not None:
        return kind
    return next((kind for pattern, kind in known.patterns if pattern.fullmatch(base)), "")


def _libc(files: Files, asks: Mapping[int, Asks], visible: Mapping[int, str]) -> tuple[str, str]:
    """Return which C library there is, and its version."""
    del files
    musl = False
    for content, path in visible.items():
        one = asks.get(content)
        if one is None:
            continue
        if one.name == "libc.so.6":
            return "glibc", one.offers
        base = path.rpartition("/")[2]
        musl = musl or base.startswith(("ld-musl-", "libc.musl-"))
    return ("musl", "") if musl else ("", "")
