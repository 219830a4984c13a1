"""What differs between two targets, and how several were set side by side."""

from __future__ import annotations

from msgspec import Struct


class Change(Struct, frozen=True):
    """One package that is not the same in two targets.

    Attributes:
        kind: ``added``, ``removed``, ``upgraded``, ``downgraded``, or ``changed`` where nobody can
            tell which version is newer.
        type: Package URL type.
        name: Name a person knows it by.
        before: Versions in the first target, joined by commas, or empty.
        after: Versions in the second target, or empty.
    """

    kind: str
    type: str
    name: str
    before: str = ""
    after: str = ""


class Comparison(Struct, frozen=True):
    """How the subjects of a report are set side by side.

    Attributes:
        explained: True if class and base of each are to be explained.
        changes: From the first target to the second, if there are two: sorted by kind and name.
        same_packages: Packages both have in the same version; 0 if there are not two.
    """

    explained: bool = False
    changes: tuple[Change, ...] = ()
    same_packages: int = 0
