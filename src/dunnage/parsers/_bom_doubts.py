"""Says what the packages of an SBOM leave open that an image would have answered."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dunnage.model.problem import Effect, Problem
from dunnage.parsers._cyclonedx_package import SYSTEM_TYPES
from dunnage.parsers._cyclonedx_target import stated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dunnage.model.package import Package
    from dunnage.model.system import OperatingSystem

# Kinds that distributions package as files which other tools list by themselves.
_PACKAGED = frozenset({"cargo", "composer", "gem", "golang", "maven", "npm", "pypi"})
_PREFIXES = ("usr/lib/", "usr/share/", "usr/lib64/", "usr/libexec/", "usr/bin/", "usr/sbin/")


def doubts(
    packages: Sequence[Package],
    system: OperatingSystem | None,
    distros: Mapping[str, Any],
    *,
    owners: bool,
) -> Iterator[Problem]:
    """Give what should be known about an inventory that was only listed.

    Args:
        packages: All packages.
        system: The distribution that counts for all of them.
        distros: The fact table of distributions.
        owners: True if the document says which package of the distribution installed which
            library.
    """
    yield from _strangers(packages, system, distros)
    if system is not None and not owners:
        yield from _unowned(packages)


def _strangers(
    packages: Sequence[Package], system: OperatingSystem | None, distros: Mapping[str, Any]
) -> Iterator[Problem]:
    """Give the distributions that package URLs name besides the one that counts."""
    if system is None or not system.ecosystem:
        return
    named = Counter(
        (found.namespace, dict(found.qualifiers).get("distro", ""))
        for found in packages
        if found.type in SYSTEM_TYPES
    )
    counted: Counter[str] = Counter()
    for (namespace, distro), count in named.items():
        other = stated(namespace, distro, distros) if distro else None
        if other is not None and other.ecosystem not in {"", system.ecosystem}:
            counted[other.name] += count
    for name, count in sorted(counted.items()):
        message = f"{count} packages are of {name}, but are matched as packages of {system.name}"
        advice = "give one SBOM for each image, or name the distribution with --distro"
        yield Problem("several-distributions", message, advice=advice, count=count)


def _unowned(packages: Sequence[Package]) -> Iterator[Problem]:
    """Give a note if libraries may have been installed by the distribution."""
    if not any(found.type in SYSTEM_TYPES for found in packages):
        return
    count = sum(
        found.type in _PACKAGED
        and not found.owner
        and (not found.locations or found.locations[0].path.startswith(_PREFIXES))
        for found in packages
    )
    if count:
        are = "library is" if count == 1 else "libraries are"
        message = (
            f"the SBOM does not say whether the distribution installed them: {count} {are} matched"
            " as they are, without the fixes a distribution backports"
        )
        yield Problem("owners-unknown", message, effect=Effect.NOTE, count=count)
