"""What all SBOM formats have in common: from listed components to an inventory.

Every format is first put into the words of CycloneDX components, which can say what the others
can; what stands in the words of a tool (source packages, layers, owners) keeps the names of that
tool's properties. This is the one place where they are read.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from dunnage.model.inventory import Inventory
from dunnage.model.problem import Effect, Problem
from dunnage.parsers import _cyclonedx_target as about
from dunnage.parsers._bom_doubts import doubts
from dunnage.parsers._cyclonedx_package import facts, package, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dunnage.model.image import Image
    from dunnage.model.limits import Limits
    from dunnage.model.package import Package

Json = dict[str, Any]
LARGEST = 128 * 1024 * 1024
"""Largest document in bytes; ten thousand packages are about 15 MB."""

SEEN = 1_000_000
"""Components looked at in one document; broken ones cost time as well."""
_IMAGES = frozenset({"oci", "docker"})
_PACKAGES = frozenset({"library", "framework", ""})
_UNREAD = "when the SBOM was made, something could not be read: "


class Bom(NamedTuple):
    """A document in the words of CycloneDX.

    Attributes:
        main: The component it is about, or nothing.
        components: All others with their place in the document, parents before children; what is
            no object is a problem.
        dependencies: References of components with those of what they depend on.
        problems: What was noticed before the components were read.
        renamed: True if references are identifiers of the document only, so that package URLs
            say more.
        owners: True if it says which package of the distribution installed which library.
    """

    main: Json
    components: Iterable[tuple[str, object]]
    dependencies: Iterable[tuple[str, Iterable[str]]] = ()
    problems: tuple[Problem, ...] = ()
    renamed: bool = False
    owners: bool = False


class Read(NamedTuple):
    """What an SBOM says.

    Attributes:
        inventory: What it lists. What could not be read is in its problems, so that writing the
            inventory again keeps it.
        image: The image it is of, or None if it is of something else.
        problems: What else is worth knowing.
    """

    inventory: Inventory
    image: Image | None
    problems: tuple[Problem, ...]


class Problems:
    """Keeps the first problems of each kind and counts the others."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.problems
        self._kept: list[Problem] = []
        self._counts: Counter[str] = Counter()

    def add(self, code: str, message: str, where: str, effect: Effect = Effect.INCOMPLETE) -> None:
        """Add one problem."""
        self.extend([Problem(code, message, where, effect=effect)])

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add problems."""
        for problem in problems:
            self._counts[problem.code] += 1
            if self._counts[problem.code] <= self._most:
                self._kept.append(problem)

    def told(self) -> tuple[Problem, ...]:
        """Return the problems, and one more for each kind that had too many."""
        effects = {problem.code: problem.effect for problem in self._kept}
        more = []
        for code, count in self._counts.items():
            left = count - self._most
            if left > 0:
                effect = effects.get(code, Effect.INCOMPLETE)
                message = f"{left} more problems of the same kind"
                more.append(Problem(code, message, effect=effect, count=left))
        return (*self._kept, *more)


def read(bom: Bom, limits: Limits, distros: Mapping[str, Any] | None = None) -> Read:
    """Return what a document lists.

    Args:
        bom: The document.
        limits: ``packages``, ``layers`` and ``problems`` count.
        distros: The fact table of distributions; by default the one of the data room.
    """
    if distros is None:
        from dunnage.io.tables import table

        distros = table("distros")
    problems = Problems(limits)
    problems.extend(bom.problems)
    main = bom.main
    image = about.image(main, limits)
    layers = {
        digest: layer.index
        for layer in (image.layers if image else ())
        for digest in (layer.digest, layer.diff_id)
        if digest
    }
    systems: list[Json] = [main] if main.get("type") == "operating-system" else []
    found: list[Package] = []
    for number, (where, component) in enumerate(bom.components):
        if number >= SEEN:
            problems.add("too-many-packages", f"more than {SEEN} components", where)
            break
        if not isinstance(component, dict):
            problems.add("broken-sbom-component", "a component is no object", where)
        elif component.get("type") == "operating-system":
            systems.append(component)
        elif len(found) >= limits.packages:
            problems.add("too-many-packages", f"more than {limits.packages} packages", where)
            break
        else:
            found.extend(_listed(component, where, layers, problems))
    packages, names = _unique(found, renamed=bom.renamed)
    problems.extend(_unread(main))
    system = about.system(systems[0] if systems else None, packages, distros)
    problems.extend(doubts(packages, system, distros, owners=bom.owners))
    inventory = Inventory(
        system=system,
        packages=packages,
        edges=_edges(bom.dependencies, names),
        removed=about.removed(main, limits),
        problems=tuple(p for p in problems.told() if p.effect is not Effect.NOTE),
    )
    notes = tuple(p for p in problems.told() if p.effect is Effect.NOTE)
    return Read(inventory, image, notes)


def _unread(main: Json) -> list[Problem]:
    """Return what our own scan could not read when it made the document."""
    values = facts(main).get("dunnage:unread", ())
    texts = (f"{_UNREAD}{value.removeprefix(_UNREAD)[:500]}" for value in values)
    return [Problem("incomplete-sbom-scan", message) for message in texts]


def _listed(
    component: Json, where: str, layers: Mapping[str, int], problems: Problems
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


def _unique(
    found: list[Package], *, renamed: bool
) -> tuple[tuple[Package, ...], Mapping[str, str]]:
    """Return the packages in order, each with a reference no other has.

    Returns:
        The packages, and the reference of each by the one it had in the document.
    """

    def order(package: Package) -> tuple[str, ...]:
        path = package.locations[0].path if package.locations else ""
        return package.type, package.name, package.version, path, package.ref

    used: set[str] = set()
    numbers: Counter[str] = Counter()
    names: dict[str, str] = {}
    unique = []
    for candidate in sorted(found, key=order):
        wanted = ref = (not renamed and candidate.ref) or str(candidate.purl)
        while ref in used:
            numbers[wanted] += 1
            ref = f"{wanted}#{numbers[wanted] + 1}"
        used.add(ref)
        names.setdefault(candidate.ref, ref)
        unique.append(candidate if ref == candidate.ref else replace(candidate, ref=ref))
    if renamed:
        unique = [replace(p, owner=names.get(p.owner, "")) if p.owner else p for p in unique]
    return tuple(unique), names


def _edges(
    dependencies: Iterable[tuple[str, Iterable[str]]], names: Mapping[str, str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    edges: dict[str, set[str]] = {}
    for ref, others in dependencies:
        if ref and ref in names:
            known = {names[other] for other in others if other and other in names}
            edges.setdefault(names[ref], set()).update(known)
    return tuple((ref, tuple(sorted(edges[ref]))) for ref in sorted(edges) if edges[ref])
