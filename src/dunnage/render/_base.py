"""What an image was built on: in one line, in one cell of a table, and how that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.parsers.oci import BASE_NAME

if TYPE_CHECKING:
    from dunnage.model.base import BaseFacts
    from dunnage.model.image import Image
    from dunnage.model.report import Subject

UNKNOWN = "unknown"
"""What the base of an image is called where nothing tells."""
_SAID = {
    "annotation": " as its manifest says",
    "index-annotation": " as its index says",
    "label": " as a label says",
}
_NAMED = {
    "dockerfile": "by the Dockerfile it was built from",
    "name": "by the name of the image, which is a known base itself",
    "annotation": f"by the annotation {BASE_NAME} of its manifest",
    "index-annotation": f"by the annotation {BASE_NAME} of the index that lists it",
    "label": f"by the label {BASE_NAME}, which images built on top inherit",
}


def base_line(base: BaseFacts) -> str:
    """Return what the base is, and the nearest lighter one that keeps C library and interpreter."""
    head = _head(base, _SAID.get(base.known_by, ""))
    best = next((one for one in base.lighter if not one.changes), None)
    if best is None:
        return head
    keeps = f"keeps {base.keeps}, " if base.keeps else ""
    needs = f"; it needs {best.needs}" if best.needs else ""
    return f"{head}; {best.image} {keeps}drops {_listed(best.drops)}{needs}"


def base_cell(base: BaseFacts | None) -> str:
    """Return the base alone, with its tier, or that it is not known."""
    return (_head(base) if base is not None else "") or UNKNOWN


def base_reason(subject: Subject) -> str:
    """Return how the base of an image is known, or why it is not."""
    base = subject.base
    if base is not None and base.known_by in _NAMED:
        told = f"base: {base.image}, {_NAMED[base.known_by]}"
        source = "what is in the image" if base.looks_like else "the table of base images"
        return f"{told}; tier: by {source}" if base.tier else told
    if base is None:
        told = f"base: {UNKNOWN}, for what is in the image does not tell"
    else:
        told = f"base: by what is in the image, which {_head(base)}"
    named = _unbelieved(subject.image) if subject.image is not None else ()
    if not named:
        return f"{told}; no annotation or label names one"
    return (
        f"{told}; what {_listed(named)} says is no image name or contradicts what is in the image"
    )


def _unbelieved(image: Image) -> tuple[str, ...]:
    """Return what names a base, of an image whose base is not known by a name."""
    signs = (
        (image.base_name, "its manifest"),
        (image.index_base_name, "its index"),
        (dict(image.labels).get(BASE_NAME, ""), "its label"),
    )
    return tuple(words for name, words in signs if name)


def _head(base: BaseFacts, said: str = "") -> str:
    told = [f"{base.image}{said}"] if base.image else []
    told += [f"looks like {base.looks_like}"] if base.looks_like else []
    return ", ".join(told) + (f" ({base.tier})" if base.tier else "")


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
