"""Keeps track of where the entries of one layer end up, as if they were unpacked in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.indexing._paths import ancestors, parent_of, resolve, resolve_parent
from dunnage.indexing.budget import PATH_COST
from dunnage.indexing.record import FOLDERS, IMPLICIT
from dunnage.model.errors import LimitError
from dunnage.parsers.tar import FILE, OTHER, SYMLINK

if TYPE_CHECKING:
    from dunnage.indexing.budget import Budget
    from dunnage.indexing.record import Record

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
META = ".wh..wh."

REPLACEMENTS = 1000
"""Directories that one layer may replace by something else after filling them."""


class Layout:
    """The places of one layer; see ``Record.kinds`` for the letters.

    Args:
        record: Filled entry by entry.
        budget: Where room for the paths is taken from.
    """

    def __init__(self, record: Record, budget: Budget) -> None:
        self._record = record
        self._kinds = record.kinds
        self._links = record.links
        self._folder = ""
        self._late: set[str] = set()
        self._replaced = 0
        self._budget = budget
        self._room = 0
        self.taken = 0
        """Bytes of the budget that were taken; all of them once the layout has settled."""
        self.again: dict[str, int] = {}
        """Number of facts there were when a path was written again: its older ones are void."""
        self.generations: dict[str, int] = {}
        """How often what was written at a path was taken away; paths that are missing: never."""

    def place(self, path: str, kind: str, link: str = "") -> str:
        """Put an entry in its place and return where that is, symbolic links followed.

        Raises:
            LimitError: If the archive contradicts itself very often.
            BusyError: If there is no room left for the paths of the target.
        """
        kinds = self._kinds
        folder, _, base = path.rpartition("/")
        if folder != self._folder and folder:
            path = self._enter(folder, base)
        if path in kinds:
            self._replace(path, kind)
        kinds[path] = kind
        self._room -= len(path) + PATH_COST
        if kind == SYMLINK:
            self._links[path] = link
            self._room -= len(link) + PATH_COST
        if self._room < 0:
            self._refill()
        return path

    def hardlink(self, path: str, target: str) -> str:
        """Put a hard link in its place and return where that is.

        Like link(2), which engines call for each, it names what is at the target now; a symbolic
        link there is named itself (containerd ``hardlinkRootPath``, umoci ``UnpackEntry``).

        Args:
            path: As for ``place``.
            target: Path of the file, from the root.

        Raises:
            LimitError, BusyError: As ``place`` does.
        """
        record = self._record
        target = resolve_parent(target, self._links)
        kind = self._kinds.get(target)
        if kind == SYMLINK:
            return self.place(path, SYMLINK, self._links[target])
        if kind == OTHER:
            return self.place(path, OTHER)
        here = record.shared.get(target, (target, self.generations.get(target, 0)))
        far = record.hardlinks.get(target, target)
        path = self.place(path, FILE)
        if kind == FILE and far == target:
            record.shared[path] = here
            far = here[0]
        else:
            record.hardlinks[path] = far
        self._take(far)
        return path

    def whiteout(self, path: str) -> bool:
        """Note a whiteout if the path is one (OCI image specification, "Whiteouts").

        Returns:
            True if it is one, or one of the aufs files that mean nothing any more.
        """
        slash = path.rfind("/")
        base = path[slash + 1 :]
        if not base.startswith(WHITEOUT):
            return False
        self._take(path)
        if base == OPAQUE:
            folder = path[: max(slash, 0)]
            found = resolve(folder, self._links)
            self._record.opaques.append(folder if found is None else found)
        elif not base.startswith(META) and base[len(WHITEOUT) :] not in {"", ".", ".."}:
            path = path[: slash + 1] + base[len(WHITEOUT) :]
            self._record.whiteouts.append(resolve_parent(path, self._links))
        return True

    def settle(self) -> None:
        """Forget the facts of files that the same layer replaced afterwards.

        Nothing may be placed any more; room that was not needed is given back.
        """
        self._budget.give_paths(self._room)
        self.taken -= self._room
        self._room = 0
        kinds, facts = self._kinds, self._record.facts
        if self.again:
            facts[:] = [
                (path, fact)
                for index, (path, fact) in enumerate(facts)
                if index >= self.again.get(path, 0) and kinds.get(path) == FILE
            ]

    def _replace(self, path: str, kind: str) -> None:
        """Make room for a second entry at the same path."""
        before = self._kinds.pop(path)  # so that the order is that of the last writing
        self._void(path, before)
        if before in FOLDERS and kind not in FOLDERS:
            self._empty(path)
        elif before not in FOLDERS and kind in FOLDERS:
            self._record.opaques.append(path)  # the file had hidden what was below

    def _enter(self, folder: str, base: str) -> str:
        """Make sure that the folder of a path exists, and return the path with links followed."""
        kind = self._kinds.get(folder)
        if kind is None or kind not in FOLDERS:
            found = resolve(folder, self._links)
            if found is not None and found != folder:
                self._follow(folder)
                folder = found
            self._make(folder)
        self._folder = folder
        return f"{folder}/{base}" if folder else base

    def _follow(self, folder: str) -> None:
        """Note that links of the layer lead on from directories that may be links themselves."""
        for above in ancestors(folder):
            if self._kinds.get(above) == IMPLICIT:
                self._doubt(above)

    def _doubt(self, path: str) -> None:
        if path not in self._late:
            self._late.add(path)
            self._record.late.append(path)
            self._take(path)

    def _make(self, folder: str) -> None:
        """Enter a folder and those above it; a file in their place gives way."""
        while folder:
            kind = self._kinds.get(folder)
            if kind in FOLDERS:
                return
            if kind is None:
                self._kinds[folder] = IMPLICIT
                self._take(folder)
            else:
                self._kinds[folder] = "d"
                self._void(folder, kind)
                self._record.opaques.append(folder)  # the file had hidden what was below
            folder = parent_of(folder)

    def _empty(self, folder: str) -> None:
        """Forget what the layer had put into a directory that is now something else."""
        self._replaced += 1
        if self._replaced > REPLACEMENTS:
            raise LimitError(f"the layer replaces more than {REPLACEMENTS} of its own directories")
        inside = folder + "/"
        for path in [path for path in self._kinds if path.startswith(inside)]:
            self._void(path, self._kinds.pop(path))
        if self._folder == folder or self._folder.startswith(inside):
            self._folder = ""

    def _void(self, path: str, before: str) -> None:
        """Forget what was at a path.

        Args:
            path: Where it was.
            before: Its kind.
        """
        if before == IMPLICIT:
            self._doubt(path)
        self.again[path] = len(self._record.facts)
        self.generations[path] = self.generations.get(path, 0) + 1
        for links in (self._links, self._record.shared, self._record.hardlinks):
            links.pop(path, None)

    def _take(self, path: str) -> None:
        self._room -= len(path) + PATH_COST
        if self._room < 0:
            self._refill()

    def _refill(self) -> None:
        more = self._budget.paths(-self._room)
        self.taken += more
        self._room += more
