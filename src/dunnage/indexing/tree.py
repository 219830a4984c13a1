"""Indexes a file tree: a directory, or a single file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.indexing.budget import Budget, OutOfTimeError, in_time
from dunnage.indexing.examine import Bench, Examiner
from dunnage.indexing.fold import fold
from dunnage.indexing.layout import Layout
from dunnage.indexing.listing import HEAD, Seen
from dunnage.indexing.plan import Indexed
from dunnage.indexing.record import Record
from dunnage.indexing.router import Router
from dunnage.io.attribute import capability_of
from dunnage.io.body import collect
from dunnage.model.errors import DunnageError, InputError, LimitError
from dunnage.model.image import Layer
from dunnage.model.problem import Problem
from dunnage.model.report import Examined
from dunnage.parsers.tar import normal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from dunnage.indexing.again import Learned
    from dunnage.indexing.listing import Lister
    from dunnage.indexing.plan import Plan
    from dunnage.indexing.record import Other
    from dunnage.model.target import Tree, TreeEntry

KINDS = {"file": "f", "directory": "d", "symlink": "l"}
OTHER = "o"


def index_tree(tree: Tree, plan: Plan) -> Indexed:
    """Return what a file tree holds. Only files that a cataloger wants are read.

    Args:
        tree: Symbolic links are resolved inside it and never followed by opening; devices,
            sockets and pipes are never opened.
        plan: ``cache_root`` and ``jobs`` do not count: a tree has no digest to know it by.
    """
    plan = plan.suited(project=tree.project)
    walk = _Walk(tree, plan)
    plan.progress.start("reading files", -1)
    try:
        walk.run()
    except DunnageError as error:
        walk.fail(error)
    finally:
        plan.progress.finish()
        walk.bench.close()
    record = walk.record
    inventory = fold([record], [Layer(-1)], plan, walk.bench.budget, walk.again)
    examined = Examined(
        bytes_read=record.stored_bytes,
        files=record.files,
        packages=len(inventory.packages),
        removed=0,
    )
    if plan.measure is None or walk.lister is None:
        return Indexed(inventory, examined)
    from dunnage.indexing.files import folded

    listing = walk.lister.settled(record)
    files, problems = folded([record], [listing], [Layer(-1)], plan, walk.bench.budget)
    return Indexed(inventory, examined, plan.measure(files), problems)


class _Walk:
    """The state of one walk."""

    def __init__(self, tree: Tree, plan: Plan) -> None:
        self.tree = tree
        self.plan = plan
        self.router = Router(plan.wanted)
        self.lister = plan.lister()
        self.record = Record(lasting=False)
        budget = Budget(plan.limits)
        self.layout = Layout(self.record, budget)
        self.bench = Bench(plan.limits, budget)
        self.examiner = Examiner(plan, self.router, self.record, self.bench, self.lister)
        self.inodes: dict[tuple[int, int], int] = {}

    def run(self) -> None:
        for entries, entry in enumerate(self.tree.walk(), 1):
            if entries > self.plan.limits.entries:
                raise LimitError(f"more than {self.plan.limits.entries} files")
            if not entries & 255:
                in_time(self.plan.deadline)
            if isinstance(entry, Problem):
                self.record.problems.append(entry)
            else:
                self._entry(entry)

    def again(self, _position: int, others: Sequence[Other]) -> Learned:
        """Return what catalogers learn from files of the tree under other names."""
        wanted: dict[str, list[Other]] = {}
        for other in others:
            wanted.setdefault(other.place, []).append(other)
        learned: Learned = {other: [] for other in others}
        start = len(self.record.facts)
        for number, entry in enumerate(self.tree.walk()):
            if not number & 255:
                in_time(self.plan.deadline)
            if isinstance(entry, Problem) or entry.kind != "file":
                continue
            for other in wanted.pop(normal(entry.path) or "", ()):
                self._examine(other.path, entry, other.wanted, magic=False)
            if not wanted:
                break
        by_path = {other.path: other for other in others}
        for path, fact in self.record.facts[start:]:
            learned[by_path[path]].append(fact)
        del self.record.facts[start:]
        return learned

    def fail(self, error: DunnageError) -> None:
        """Note that the walk could not be finished."""
        code = "timeout" if isinstance(error, OutOfTimeError) else "not-examined"
        self.record.problems.append(
            Problem(code, error.message, where=error.where, advice=error.advice)
        )

    def _entry(self, entry: TreeEntry) -> None:
        path = normal(entry.path)
        if not path:
            return
        kind = KINDS.get(entry.kind, OTHER)
        # The walk gives real paths, so nothing is moved along links here.
        self.layout.place(path, kind, entry.link)
        if self.lister is not None:
            self._note(path, entry, self.lister)
        if kind != "f" or entry.open is None:
            return
        self.record.files += 1
        wanted = self.router.by_name(path)
        if wanted or (self.router.magic_length and entry.size):
            self._examine(path, entry, wanted, magic=True)

    def _note(self, path: str, entry: TreeEntry, lister: Lister) -> None:
        """Note an entry, and what it begins with; further names of a file count as hard links."""
        content = -1
        if entry.inode is not None:
            content = self.inodes.setdefault(entry.inode, lister.count)
        head = b""
        if entry.kind == "file" and entry.size and entry.open is not None:
            try:
                with entry.open() as reader:
                    head = reader.read(HEAD)
            except (OSError, InputError):
                head = b""  # told when the file is examined, or not needed
        capability = capability_of(entry.place) if entry.mode & 0o111 and entry.place else b""
        lister.note(
            path,
            Seen(
                entry.mode,
                entry.size if entry.kind == "file" else 0,
                entry.owner,
                entry.group,
                entry.modified,
                head,
                capability,
            ),
            self.layout,
            content,
        )

    def _examine(
        self, path: str, entry: TreeEntry, wanted: tuple[str, ...], *, magic: bool
    ) -> None:
        """Hand a file to the catalogers that want it.

        Args:
            path: The name it is examined under.
            entry: The file.
            wanted: Catalogers that want it by its name.
            magic: True if those that want it by its first bytes are asked too, not left out.
        """
        if entry.open is None:
            return
        try:
            with entry.open() as reader:
                self._file(path, entry, reader, wanted, magic=magic)
        except OSError as error:
            self.examiner.failed(path, InputError(f"not readable: {error.strerror or error}"))
        except InputError as error:
            self.examiner.failed(path, error)

    def _file(
        self,
        path: str,
        entry: TreeEntry,
        reader: BinaryIO,
        wanted: tuple[str, ...],
        *,
        magic: bool,
    ) -> None:
        length = self.router.magic_length
        head = b""
        while len(head) < length and (more := reader.read(length - len(head))):
            head += more
        found = self.router.by_magic(head)
        if magic:
            wanted = tuple(dict.fromkeys(wanted + found))
        else:
            wanted = tuple(name for name in wanted if name not in found)
        self._read(len(head))
        if not wanted:
            return
        allowed = self.examiner.allowed(path, entry.size, wanted)
        if allowed:
            body = collect(_Rest(head, reader, self._read), entry.size, self.plan.limits)
            self.examiner.body(path, entry.mode, body, allowed)

    def _read(self, count: int) -> None:
        self.record.stored_bytes += count
        self.plan.progress.advance(count)


class _Rest:
    """A file whose first bytes were read already."""

    def __init__(self, head: bytes, reader: BinaryIO, advance: Callable[[int], None]) -> None:
        self._head = head
        self._reader = reader
        self._advance = advance

    def read(self, size: int) -> bytes:
        head, self._head = self._head, b""
        data = head or self._reader.read(size)
        if not head:
            self._advance(len(data))
        return data
