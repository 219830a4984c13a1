"""How the rules about secrets in a configuration tell where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence

if TYPE_CHECKING:
    from dunnage.model.surface import Exposed

PLACES = {
    "env": ("Env", "variable"),
    "label": ("Labels", "label"),
    "entrypoint": ("Entrypoint", "ENTRYPOINT"),
    "cmd": ("Cmd", "CMD"),
    "user": ("User", "USER"),
}
"""What the configuration calls its parts, and what people do."""
_MOST = 5


def path(one: Exposed) -> str:
    """Return the place in the configuration, which waivers can name."""
    part = PLACES[one.place][0] if one.place in PLACES else "history"
    last = one.name or ("" if one.place in PLACES else one.by or one.what)
    return f"config.json/{part}/{last}".rstrip("/")


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
