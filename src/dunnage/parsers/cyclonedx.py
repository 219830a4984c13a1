"""Reads CycloneDX, our own and others', back into an inventory.

The format is ECMA-424 (https://cyclonedx.org/specification/overview/), versions 1.2 to 1.7, as JSON;
``cyclonedx_xml`` gives XML in the same form. A component that names a package by a package URL
becomes a Package; where source packages, layers and paths are only said in a tool's own
properties, those of Syft and Trivy are understood. Vulnerabilities in the document are not read:
they are matched afresh. Components that version 1.7 calls external are read like all others: they
are as vulnerable wherever they come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.model.errors import InputError
from dunnage.model.problem import Effect, Problem
from dunnage.parsers import _bom
from dunnage.parsers._cyclonedx_package import facts, items, text
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.limits import Limits

Json = dict[str, Any]
_VERSIONS = frozenset(f"1.{minor}" for minor in range(2, 8))
_ADVICE = "give a CycloneDX document"


def read(data: bytes, limits: Limits, distros: Mapping[str, Any] | None = None) -> _bom.Read:
    """Return what a CycloneDX JSON document lists.

    Args:
        data: The document, at most ``_bom.LARGEST`` bytes.
        limits: ``packages``, ``json_depth``, ``layers`` and ``problems`` count.
        distros: The fact table of distributions; by default the one of the data room.

    Raises:
        InputError: If it is no CycloneDX JSON.
    """
    document = loads(data, limits, largest=_bom.LARGEST)
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        raise InputError("this is no CycloneDX document: it has no bomFormat", advice=_ADVICE)
    return _bom.read(bom_of(document), limits, distros)


def bom_of(document: Json) -> _bom.Bom:
    """Return a document, in its JSON form, as what all formats have in common."""
    metadata = document.get("metadata")
    main = metadata.get("component") if isinstance(metadata, dict) else None
    main = main if isinstance(main, dict) else {}
    return _bom.Bom(
        main,
        _walk(document, main),
        ((text(entry.get("ref")), _refs(entry)) for entry in items(document.get("dependencies"))),
        tuple(_doubts(document)),
        owners=any(name.startswith("dunnage:") for name in facts(main)),
    )


def _refs(entry: Json) -> list[str]:
    others = entry.get("dependsOn")
    return [other for other in others if isinstance(other, str)] if isinstance(others, list) else []


def _doubts(document: Json) -> list[Problem]:
    """Return what the document says against itself."""
    found = []
    version = text(document.get("specVersion"))
    if version not in _VERSIONS:
        message = f"CycloneDX {version[:20] or 'of no version'} is read as if it were 1.7"
        found.append(Problem("unknown-sbom-version", message, effect=Effect.NOTE))
    if not isinstance(document.get("components", []), list):
        found.append(Problem("broken-sbom", "'components' is no list", "components"))
    elif not document.get("components"):
        found.append(Problem("empty-sbom", "the SBOM lists no components", effect=Effect.NOTE))
    aggregates = [text(entry.get("aggregate")) for entry in items(document.get("compositions"))]
    if any(aggregate.startswith("incomplete") for aggregate in aggregates):
        message = "the SBOM says of itself that it is incomplete"
        found.append(Problem("incomplete-sbom", message, "compositions", effect=Effect.NOTE))
    return found


def _walk(document: Json, main: Json) -> Iterator[tuple[str, object]]:
    """Give every component with its place, parents before children, in document order."""
    pending: list[tuple[str, object]] = []
    for where, holder in (("metadata.component.components", main), ("components", document)):
        listed = holder.get("components")
        if isinstance(listed, list):
            pending += [(f"{where}[{n}]", entry) for n, entry in enumerate(listed)]
    pending.reverse()
    while pending:
        where, component = pending.pop()
        yield where, component
        inner = component.get("components") if isinstance(component, dict) else None
        if isinstance(inner, list):
            inside = [(f"{where}.components[{n}]", entry) for n, entry in enumerate(inner)]
            pending.extend(reversed(inside))
