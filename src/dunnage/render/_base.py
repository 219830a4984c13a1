"""What an image was built on, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.model.base import BaseFacts

_SAID = {"annotation": " as its manifest says", "label": " as a label says"}


def base_line(base: BaseFacts) -> str:
    """Return what the base is, and the nearest lighter one that keeps C library and interpreter."""
    told = [f"{base.image}{_SAID.get(base.known_by, '')}"] if base.image else []
    told += [f"looks like {base.looks_like}"] if base.looks_like else []
    head = ", ".join(told)
    head += f" ({base.tier})" if base.tier else ""
    best = next((one for one in base.lighter if not one.changes), None)
    if best is None:
        return head
    keeps = f"keeps {base.keeps}, " if base.keeps else ""
    needs = f"; it needs {best.needs}" if best.needs else ""
    return f"{head}; {best.image} {keeps}drops {_listed(best.drops)}{needs}"


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
