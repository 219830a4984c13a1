"""The layers of an image in the HTML report: a strip by size, and what each one brought."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dunnage.model.finding import Status
from dunnage.model.severity import Severity
from dunnage.render._html_text import code, said
from dunnage.render._table_blocks import instruction
from dunnage.render._text import plural, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.image import Layer
    from dunnage.model.report import Subject

_WIDTH = 1000
_NARROWEST = 6
_MOST = 500
Counts = dict[int, Counter[Severity]]


def layers(subject: Subject) -> Iterator[str]:
    """Give the layers of a subject from the base upwards; nothing if it has none."""
    image = subject.image
    if image is None or not image.layers:
        return
    found = _found(subject)
    packages = Counter(p.locations[0].layer for p in subject.inventory.packages if p.locations)
    yield '<section class="card wide"><h3>Layers, from the base upwards</h3>'
    yield from _strip(image.layers[:_MOST], found)
    yield "<table class=layers><thead><tr><th scope=col class=w1>layer</th>"
    yield "<th scope=col class=w2>size</th><th scope=col class=w3>packages</th>"
    yield "<th scope=col class=w4>findings</th><th scope=col>made by</th></tr></thead><tbody>"
    for layer in image.layers[:_MOST]:
        counts = found.get(layer.index, Counter())
        made = code(instruction(layer.created_by), 600) or "<small>not recorded</small>"
        if layer.line:
            made += f"<small>{said(subject.dockerfile)}:{layer.line}</small>"
        yield (
            f"<tr><th scope=row>{layer.index}</th><td>{_size(layer)}<td>{packages[layer.index]:,}"
            f"<td>{_told(counts)}<td>{made}"
        )
    yield "</tbody></table>"
    if len(image.layers) > _MOST:
        yield f"<p>and {plural(len(image.layers) - _MOST, 'more layer')}</p>"
    yield "</section>"


def _found(subject: Subject) -> Counts:
    """Return the open findings of each layer by severity."""
    homes = {p.ref: p.locations[0].layer for p in subject.inventory.packages if p.locations}
    counts: Counts = {}
    for finding in subject.findings:
        if finding.status is Status.OPEN:
            own = finding.locations[0].layer if finding.locations else -1
            layer = homes.get(finding.package, own)
            counts.setdefault(layer, Counter())[finding.severity] += 1
    return counts


def _size(layer: Layer) -> str:
    return size(layer.size) if layer.size >= 0 else "unknown"


def _told(counts: Mapping[Severity, int]) -> str:
    badges = [
        f'<span class="badge {severity.label[0]}">{counts[severity]:,} {severity.label}</span>'
        for severity in sorted(counts, reverse=True)
    ]
    return " ".join(badges) or "none"


def _strip(found: tuple[Layer, ...], counts: Counts) -> Iterator[str]:
    """Give a bar as wide as the page: each layer by its size, in the colour of its worst."""
    total = sum(max(layer.size, 0) for layer in found)
    least = min(_NARROWEST, _WIDTH // len(found))
    room = _WIDTH - least * len(found)
    told = "; ".join(f"layer {layer.index}: {_size(layer)}" for layer in found[:40])
    yield f'<svg class="strip" viewBox="0 0 {_WIDTH} 30" preserveAspectRatio="none" role="img" '
    yield f'aria-label="Share of each layer in the size of the image. {told}">'
    left = 0.0
    for layer in found:
        share = max(layer.size, 0) / total if total else 1 / len(found)
        width = least + room * share
        own = counts.get(layer.index)
        worst = f' class="{max(own).label[0]}"' if own else ""
        yield f'<rect{worst} x="{left:.1f}" width="{max(width - 2, 1):.1f}" height="30">'
        yield f"<title>layer {layer.index}, {_size(layer)}</title></rect>"
        left += width
    yield "</svg>"
