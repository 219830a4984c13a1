"""Where something was found."""

from __future__ import annotations

from msgspec import Struct


class Location(Struct, frozen=True):
    """A place in a target.

    Attributes:
        path: Path inside the target, without a leading slash; nested archives are joined by ``!/``.
        layer: Index of the layer from the base upwards, or -1 where there are no layers.
        digest: Digest of that layer (its diff id when the image has one), or empty.
        line: One-based line, or 0.
        column: One-based column in characters, or 0.
        end_line: Line on which it ends, or 0.
        end_column: Column behind its last character, or 0.
    """

    path: str
    layer: int = -1
    digest: str = ""
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
