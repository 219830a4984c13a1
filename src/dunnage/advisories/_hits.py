"""Finds the advisories that cover one version of one package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.advisories._wire import FIXED, LAST, OPEN, Detail, Packed, covers, unpack_cold
from dunnage.model.finding import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.advisories._spans import Span
    from dunnage.advisories._wire import Cold
    from dunnage.advisories.store import Store
    from dunnage.model.package import Package


class Hit(Struct, frozen=True):
    """One advisory that covers the installed version.

    Attributes:
        detail: The advisory.
        ecosystem: With its release.
        spans: All its spans for this package.
        covering: Those that cover the installed version.
        severity: Pairs of CVSS vector and word, for this package alone.
        word: The distribution's word, or empty.
    """

    detail: Detail
    ecosystem: str
    spans: tuple[Span, ...]
    covering: tuple[Span, ...]
    severity: tuple[tuple[str, str], ...]
    word: str


def hits_of(
    store: Store,
    found: Iterable[tuple[int, Packed]],
    ecosystem: str,
    key: bytes,
    module: str | None,
) -> list[Hit]:
    """Return the advisories that cover a version.

    Args:
        store: Where their details are.
        found: What ``Store.candidates`` gave for the name.
        ecosystem: With its release.
        key: Sort key of the version.
        module: The package's module stream (``nodejs:16``), ``*`` if it belongs to a module
            nobody named, or None if it belongs to none.
    """
    hits: list[Hit] = []
    for part, packed in found:
        indices = {
            index
            for index, low, high, kind in packed.spans()
            if low <= key and (not kind or key < high or (kind == LAST and key == high))
        }
        if indices:
            hits += _hits(store, part, packed, indices, ecosystem, key, module)
    return hits


def _hits(
    store: Store,
    part: int,
    packed: Packed,
    indices: set[int],
    ecosystem: str,
    key: bytes,
    module: str | None,
) -> list[Hit]:
    cold = unpack_cold(packed.cold)
    indices = {index for index in indices if _same_module(cold.rows[index].module, module)}
    numbers = {cold.rows[index].number for index in indices}
    spans = _spans_of(packed, cold, numbers)
    hits: list[Hit] = []
    for number in sorted(numbers):
        rows = [cold.rows[index] for index in sorted(indices) if cold.rows[index].number == number]
        own = tuple(spans[number])
        hits.append(
            Hit(
                detail=store.detail(part, number),
                ecosystem=ecosystem,
                spans=own,
                covering=tuple(span for span in own if covers(key, *span[:3])),
                severity=tuple(dict.fromkeys(pair for row in rows for pair in row.severity)),
                word=next((row.word for row in rows if row.word), ""),
            )
        )
    return hits


def _spans_of(packed: Packed, cold: Cold, numbers: set[int]) -> dict[int, list[Span]]:
    spans: dict[int, list[Span]] = {number: [] for number in numbers}
    for (index, low, high, kind), (introduced, end) in zip(packed.spans(), cold.texts, strict=True):
        number = cold.rows[index].number
        if number in spans:
            spans[number].append((low, high, kind, introduced, end))
    return spans


def module_of(package: Package) -> str | None:
    """Return the module stream of an rpm package, in the words of ``hits_of``."""
    if package.type != "rpm":
        return None
    label = dict(package.extra).get("modularity", "")
    if label:
        return ":".join(label.split(":")[:2])
    return "*" if ".module" in package.version else None


def _same_module(advisory: str, package: str | None) -> bool:
    """Return True if an advisory for a module (or for none) can be about the package."""
    if not advisory or package is None:
        return not advisory and package is None
    return "*" in {advisory, package} or package in advisory.split(" ")


def fix_of(spans: Iterable[Span], key: bytes) -> str:
    """Return the smallest fixed version above the installed one that no span covers, or empty."""
    known = tuple(spans)
    fixes = sorted({(high, end) for _, high, kind, _, end in known if kind == FIXED and high > key})
    for high, end in fixes:
        if not any(covers(high, *span[:3]) for span in known):
            return end
    return ""


def statement_of(hit: Hit, key: bytes) -> Statement:
    """Return what an advisory says, for people."""
    texts = dict.fromkeys(_text(kind, low, end) for _, _, kind, low, end in hit.covering)
    return Statement(
        id=hit.detail.id,
        feed="osv",
        ecosystem=hit.ecosystem,
        affected=" || ".join(texts),
        fixed=fix_of(hit.covering, key) or fix_of(hit.spans, key),
        url=hit.detail.urls[0] if hit.detail.urls else "",
    )


def _text(kind: int, introduced: str, end: str) -> str:
    if kind == OPEN:
        return "all versions" if introduced == "0" else f">= {introduced}"
    if introduced == end:
        return f"= {end}"
    upper = f"{'<' if kind == FIXED else '<='} {end}"
    return upper if introduced == "0" else f">= {introduced}, {upper}"
