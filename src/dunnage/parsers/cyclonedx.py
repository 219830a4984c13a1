"""Reads CycloneDX JSON, our own and others', back into an inventory.

The format is ECMA-424 (https://cyclonedx.org/specification/overview/), versions 1.2 to 1.7. A
component that names a package by a package URL becomes a Package; where source packages, layers
and paths are only said in a tool's own properties, those of Syft and Trivy are understood.
Vulnerabilities in the document are not read: they are matched afresh.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dunnage.model.errors import InputError
from dunnage.model.inventory import Inventory
from dunnage.model.problem import Effect, Problem
from dunnage.parsers import _cyclonedx_target as about
from dunnage.parsers._cyclonedx_package import facts, items, package, text
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.image import Image
    from dunnage.model.limits import Limits
    from dunnage.model.package import Package

Json = dict[str, Any]
LARGEST = 128 * 1024 * 1024
"""Largest document in bytes; ten thousand packages are about 15 MB."""

_VERSIONS = frozenset(f"1.{minor}" for minor in range(2, 8))
_IMAGES = frozenset({"oci", "docker"})
_PACKAGES = frozenset({"library", "framework", ""})
_UNREAD = "when the SBOM was made, something could not be read: "
_ADVICE = "give a CycloneDX JSON document (.cdx.json)"
_KEYS = (
    ("spdxVersion", "an SPDX document"),
    ("spdxId", "an SPDX document"),
    ("@graph", "an SPDX 3 or other JSON-LD document"),
    ("payloadType", "a signed attestation (DSSE)"),
    ("predicateType", "an in-toto statement"),
    ("ArtifactName", "a Trivy report"),
    ("artifacts", "a Syft JSON document"),
    ("matches", "a Grype report"),
    ("manifests", "an image index or a dependency snapshot"),
    ("layers", "an image manifest"),
    ("rootfs", "an image configuration"),
    ("runs", "a SARIF report"),
    ("lockfileVersion", "an npm lock file"),
)
_STARTS = (
    (b"SPDXVersion:", "an SPDX tag-value document"),
    (b"<", "an XML document; CycloneDX is read as JSON only"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip-compressed data"),
)


def read(
    data: bytes, limits: Limits, distros: Mapping[str, Any] | None = None
) -> tuple[Inventory, Image | None, tuple[Problem, ...]]:
    """Return what a CycloneDX JSON document lists.

    Args:
        data: The document, at most ``LARGEST`` bytes.
        limits: ``packages``, ``json_depth``, ``layers`` and ``problems`` count.
        distros: The fact table of distributions; by default the one of the data room.

    Returns:
        The inventory, the image it is of (None if it is of something else), and what else is worth
        knowing. What could not be read is in the problems of the inventory, one for each component
        up to a limit, so that writing the inventory again keeps it.

    Raises:
        InputError: If it is no CycloneDX JSON; the message says what it seems to be.
    """
    if distros is None:
        from dunnage.io.tables import table

        distros = table("distros")
    document = _document(data, limits)
    problems = _Problems(limits)
    problems.extend(_doubts(document))
    metadata = document.get("metadata")
    main = metadata.get("component") if isinstance(metadata, dict) else None
    main = main if isinstance(main, dict) else {}
    image = about.image(main, limits)
    layers = {
        digest: layer.index
        for layer in (image.layers if image else ())
        for digest in (layer.digest, layer.diff_id)
        if digest
    }
    systems: list[Json] = [main] if main.get("type") == "operating-system" else []
    found: list[Package] = []
    for where, component in _walk(document, main, problems):
        if component.get("type") == "operating-system":
            systems.append(component)
        elif len(found) >= limits.packages:
            problems.add("too-many-packages", f"more than {limits.packages} packages", "components")
            break
        else:
            found.extend(_listed(component, where, layers, problems))
    packages = _unique(found)
    problems.extend(_unread(main))
    inventory = Inventory(
        system=about.system(systems[0] if systems else None, packages, distros),
        packages=packages,
        edges=_edges(document, packages),
        removed=about.removed(main, limits),
        problems=tuple(p for p in problems.told() if p.effect is not Effect.NOTE),
    )
    return inventory, image, tuple(p for p in problems.told() if p.effect is Effect.NOTE)


class _Problems:
    """Keeps the first problems of each kind and counts the others."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.problems
        self._kept: list[Problem] = []
        self._counts: Counter[str] = Counter()

    def add(self, code: str, message: str, where: str, effect: Effect = Effect.INCOMPLETE) -> None:
        self.extend([Problem(code, message, where, effect=effect)])

    def extend(self, problems: list[Problem]) -> None:
        for problem in problems:
            self._counts[problem.code] += 1
            if self._counts[problem.code] <= self._most:
                self._kept.append(problem)

    def told(self) -> tuple[Problem, ...]:
        effects = {problem.code: problem.effect for problem in self._kept}
        more = []
        for code, count in self._counts.items():
            left = count - self._most
            if left > 0:
                effect = effects.get(code, Effect.INCOMPLETE)
                text = f"{left} more problems of the same kind"
                more.append(Problem(code, text, effect=effect, count=left))
        return (*self._kept, *more)


def _document(data: bytes, limits: Limits) -> Json:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    for magic, kind in _STARTS:
        if start.startswith(magic):
            raise InputError(f"this is no CycloneDX JSON but {kind}", advice=_ADVICE)
    document = loads(data, limits, largest=LARGEST)
    if not isinstance(document, dict):
        raise InputError("this is JSON, but no CycloneDX document", advice=_ADVICE)
    if document.get("bomFormat") == "CycloneDX":
        return document
    kind = next((kind for key, kind in _KEYS if key in document), "")
    schema = text(document.get("schema")) or text(document.get("$schema"))
    if schema.startswith("dunnage") or "dunnage" in schema:
        kind = "a Dunnage report"
    seems = f"it seems to be {kind}" if kind else "it has no bomFormat"
    raise InputError(f"this is no CycloneDX document: {seems}", advice=_ADVICE)


def _doubts(document: Json) -> list[Problem]:
    """Return what the document says against itself."""
    found = []
    version = text(document.get("specVersion"))
    if version not in _VERSIONS:
        message = f"CycloneDX {version[:20] or 'of no version'} is read as if it were 1.6"
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


def _unread(main: Json) -> list[Problem]:
    """Return what our own scan could not read when it made the document."""
    values = facts(main).get("dunnage:unread", ())
    texts = (f"{_UNREAD}{value.removeprefix(_UNREAD)[:500]}" for value in values)
    return [Problem("incomplete-sbom-scan", message) for message in texts]


def _walk(document: Json, main: Json, problems: _Problems) -> Iterator[tuple[str, Json]]:
    """Give every component with its place, parents before children, in document order."""
    pending: list[tuple[str, object]] = []
    for where, holder in (("metadata.component.components", main), ("components", document)):
        listed = holder.get("components")
        if isinstance(listed, list):
            pending += [(f"{where}[{n}]", entry) for n, entry in enumerate(listed)]
    pending.reverse()
    while pending:
        where, component = pending.pop()
        if not isinstance(component, dict):
            problems.add("broken-sbom-component", "a component is no object", where)
            continue
        yield where, component
        inner = component.get("components")
        if isinstance(inner, list):
            inside = [(f"{where}.components[{n}]", entry) for n, entry in enumerate(inner)]
            pending.extend(reversed(inside))


def _listed(
    component: Json, where: str, layers: Mapping[str, int], problems: _Problems
) -> Iterator[Package]:
    kind = text(component.get("type"))
    purl = component.get("purl")
    if kind == "container":
        message = "the SBOM lists several images; their packages are read as one inventory"
        problems.add("several-targets", message, where, Effect.NOTE)
    elif purl in (None, ""):
        if kind in _PACKAGES:
            name = text(component.get("name"))[:200] or "without a name"
            message = f"component {name} has no package URL, so nothing can be matched against it"
            problems.add("component-without-purl", message, where)
    elif not isinstance(purl, str):
        problems.add("broken-sbom-component", "a package URL is no text", where)
    else:
        try:
            found = package(component, layers)
        except ValueError as error:
            problems.add("broken-sbom-component", str(error)[:300], where)
            return
        if found.type not in _IMAGES:
            yield found


def _unique(found: list[Package]) -> tuple[Package, ...]:
    """Return the packages in order, each with a reference no other has."""

    def order(package: Package) -> tuple[str, ...]:
        path = package.locations[0].path if package.locations else ""
        return package.type, package.name, package.version, path, package.ref

    used: set[str] = set()
    numbers: Counter[str] = Counter()
    unique = []
    for candidate in sorted(found, key=order):
        wanted = ref = candidate.ref or str(candidate.purl)
        while ref in used:
            numbers[wanted] += 1
            ref = f"{wanted}#{numbers[wanted] + 1}"
        used.add(ref)
        unique.append(candidate if ref == candidate.ref else replace(candidate, ref=ref))
    return tuple(unique)


def _edges(
    document: Json, packages: tuple[Package, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    known = {package.ref for package in packages}
    edges: dict[str, set[str]] = {}
    for entry in items(document.get("dependencies")):
        ref, others = text(entry.get("ref")), entry.get("dependsOn")
        if ref in known and isinstance(others, list):
            named = {other for other in others if isinstance(other, str) and other in known}
            edges.setdefault(ref, set()).update(named)
    return tuple((ref, tuple(sorted(edges[ref]))) for ref in sorted(edges) if edges[ref])
