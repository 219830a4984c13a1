"""What the flow hands to the indexer, and what it gets back."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from dunnage.indexing._paths import glob
from dunnage.model.limits import Limits
from dunnage.model.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dunnage.indexing.files import Files
    from dunnage.indexing.listing import Lister
    from dunnage.model.cataloger import Cataloger, Fact
    from dunnage.model.inventory import Inventory
    from dunnage.model.problem import Problem
    from dunnage.model.progress import Progress
    from dunnage.model.report import Examined
    from dunnage.model.surface import Surface
    from dunnage.model.system import OperatingSystem

    Measure = Callable[[Files], Surface]
    Identify = Callable[[Sequence[Fact]], tuple[OperatingSystem | None, tuple[Problem, ...]]]


def unidentified(_facts: Sequence[Fact]) -> tuple[None, tuple[Problem, ...]]:
    """Say that no operating system is known; the default of ``Plan.identify``."""
    return None, ()


class Plan(Struct, frozen=True):
    """How a target is to be indexed.

    Attributes:
        catalogers: By public name; those for projects run on projects, all others on the rest.
        identify: Tells the operating system from the facts of the cataloger ``os-release`` that
            survived the fold; their paths are the ones a container would reach them by.
        distros: The table ``data/distros``.
        limits: Bounds to keep.
        cache_root: Cache directory, or None to keep nothing.
        progress: Told about bytes as they are read.
        jobs: Layers read at the same time; 0 for one per processor.
        skip_dirs: Globs of directories whose packages are left out.
        skip_files: Globs of files whose packages are left out.
        types: ``os``, ``library`` or both; packages of other kinds are left out.
        deadline: ``time.monotonic()`` after which reading stops.
        detectors: By public name; they only run if ``measure`` is set.
        measure: Makes the surface of a target from all of its files, or None if nobody asked.
    """

    catalogers: Mapping[str, Cataloger]
    identify: Identify = unidentified
    distros: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    cache_root: Path | None = None
    progress: Progress = field(default_factory=Silent)
    jobs: int = 0
    skip_dirs: tuple[str, ...] = ()
    skip_files: tuple[str, ...] = ()
    types: frozenset[str] = frozenset({"os", "library"})
    deadline: float = inf
    detectors: Mapping[str, Cataloger] = field(default_factory=dict)
    measure: Measure | None = None

    def suited(self, *, project: bool) -> Plan:
        """Return the plan with the catalogers that run on this kind of target.

        Raises:
            UsageError: If a glob is none.
        """
        for pattern in (*self.skip_dirs, *self.skip_files):
            glob(pattern)
        chosen = {name: c for name, c in self.catalogers.items() if c.project is project}
        return replace(self, catalogers=chosen)

    @property
    def wanted(self) -> Mapping[str, Cataloger]:
        """Return the catalogers and, if the files are measured, the detectors."""
        return {**self.catalogers, **self.detectors} if self.measure else self.catalogers

    def lister(self) -> Lister | None:
        """Return what notes the entries of one layer, or None if the files are not measured."""
        if self.measure is None:
            return None
        from dunnage.indexing.listing import Lister

        return Lister(self.detectors)


class Indexed(Struct, frozen=True):
    """What a target holds, and how much of it was looked at."""

    inventory: Inventory
    examined: Examined
    surface: Surface | None = None
    problems: tuple[Problem, ...] = ()
