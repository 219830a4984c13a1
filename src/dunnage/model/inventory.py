"""Everything a target holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from dunnage.model.package import Package, RemovedPackage
    from dunnage.model.problem import Problem
    from dunnage.model.system import OperatingSystem


class Inventory(Struct, frozen=True):
    """What a container of the target would see.

    Attributes:
        system: The distribution, or None where there is none (scratch, one binary).
        packages: Sorted by type, name, version and path; every ``ref`` is set and unique.
        edges: Pairs of a package's ``ref`` and the sorted refs it depends on.
        removed: Packages of lower layers that later layers took away.
        problems: What could not be read.
    """

    system: OperatingSystem | None = None
    packages: tuple[Package, ...] = ()
    edges: tuple[tuple[str, tuple[str, ...]], ...] = ()
    removed: tuple[RemovedPackage, ...] = ()
    problems: tuple[Problem, ...] = ()
