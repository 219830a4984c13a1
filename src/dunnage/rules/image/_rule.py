"""What a rule about images declares, what it is given, and what it gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.finding import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dunnage.model.budget import Excess
    from dunnage.model.finding import Confidence
    from dunnage.model.image import Image
    from dunnage.model.rule import Rule
    from dunnage.model.severity import Severity
    from dunnage.model.surface import Surface
    from dunnage.model.system import OperatingSystem


class Facts(Struct, frozen=True):
    """What a rule may look at.

    Attributes:
        surface: What was measured in the files.
        image: Manifest and configuration, or None for a tree of files.
        system: The distribution, or None.
        excesses: Limits of the budget that are exceeded.
    """

    surface: Surface
    image: Image | None = None
    system: OperatingSystem | None = None
    excesses: tuple[Excess, ...] = ()

    def made(self, layer: int) -> str:
        """Return the history line that made a layer, as it follows a message, or nothing."""
        layers = self.image.layers if self.image else ()
        line = next((one.created_by for one in layers if one.index == layer), "")
        line = " ".join(line.split()).removesuffix("# buildkit").rstrip()
        if not line:
            return ""
        return f" ({line[:_LINE]}…)" if len(line) > _LINE else f" ({line})"


class Hit(Struct, frozen=True):
    """One thing a rule finds.

    Attributes:
        message: What is wrong there and what to do, in one line without a final stop. It never
            holds a secret.
        path: Where, or empty if it is about the image as a whole.
        layer: Index of the layer, or -1.
        line: One-based line of the file, or 0.
        severity: If not that of the rule.
        confidence: If not that of the rule.
    """

    message: str
    path: str = ""
    layer: int = -1
    line: int = 0
    severity: Severity | None = None
    confidence: Confidence | None = None


class ImageRule(Struct, frozen=True):
    """A rule about images: what it says of itself, and how it looks.

    Attributes:
        rule: What it says of itself.
        check: Gives hits in any order. It never raises.
        image: True if it is about the configuration, so that it has nothing to say about a tree of
            files.
        kind: What sort of thing it finds.
        asked: The option of ``scan`` that makes it look.
    """

    rule: Rule
    check: Callable[[Facts], Iterable[Hit]]
    image: bool = False
    kind: Kind = Kind.MISCONFIGURATION
    asked: str = "--scanners image"


_LINE = 160
"""Characters of a history line that are shown."""


def some(names: Iterable[str], most: int = 5) -> str:
    """Return names joined by commas, the first few of them."""
    every = list(names)
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more} more" if more > 0 else "")
