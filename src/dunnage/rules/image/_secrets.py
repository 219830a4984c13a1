"""How the rules about secrets in a configuration tell where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dunnage.model.surface import Exposed
    from dunnage.rules.image._rule import Facts

PLACES = {
    "env": ("Env", "variable"),
    "label": ("Labels", "label"),
    "entrypoint": ("Entrypoint", "ENTRYPOINT"),
    "cmd": ("Cmd", "CMD"),
    "user": ("User", "USER"),
}
"""What the configuration calls its parts, and what people do."""
_MOST = 5


def hits(facts: Facts, told: Callable[[Exposed], str], *, configured: bool) -> Iterator[Hit]:
    """Give a hit for every secret of one of two kinds.

    Args:
        facts: The image.
        told: Returns what is said of one.
        configured: True for those the configuration sets, False for those only the history holds.
    """
    for one in facts.surface.secrets:
        if (one.place in PLACES) is configured:
            severe = Severity.LOW if one.weak else Severity.HIGH
            message = told(one) + facts.made(one.layer)
            yield Hit(message, path(one), one.layer, severity=severe, confidence=sure(one))


def path(one: Exposed) -> str:
    """Return the place in the configuration, which waivers can name."""
    return place(one.place, one.name or ("" if one.place in PLACES else one.by or one.what))


def place(kind: str, name: str = "") -> str:
    """Return the path of a place in the configuration.

    Args:
        kind: As in ``Exposed.place``.
        name: What is set there, if it has a name.
    """
    part = PLACES[kind][0] if kind in PLACES else "history"
    return f"config.json/{part}/{name}".rstrip("/")


def what(one: Exposed) -> str:
    """Return what it is, as ``holds`` may stand before it."""
    return f"a secret ({one.what})" if one.certain else "a secret"


def lines(one: Exposed) -> str:
    """Return the numbers of its history lines (``line 4``), or nothing."""
    if not one.lines:
        return ""
    shown = ", ".join(map(str, one.lines[:_MOST]))
    more = len(one.lines) - _MOST
    word = "line" if len(one.lines) == 1 else "lines"
    return f"{word} {shown}{f' and {more} more' if more > 0 else ''}"


def sure(one: Exposed) -> Confidence:
    """Return how sure it is; what everybody can guess is known for sure, too."""
    return Confidence.HIGH if one.certain else Confidence.MEDIUM
