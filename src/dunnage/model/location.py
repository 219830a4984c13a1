"""Where something was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a target.

    Attributes:
        path: Path inside the target, without a leading slash; nested archives are joined by ``!/``.
        layer: Index of the layer from the base upwards, or -1 where there are no layers.
        digest: Digest of that layer (its diff id when the image has one), or empty.
        line: One-based line, or 0.
    """

    path: str
    layer: int = -1
    digest: str = ""
    line: int = 0
