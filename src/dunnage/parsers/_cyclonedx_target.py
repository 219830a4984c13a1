"""What a CycloneDX document says of its target: the image and its operating system."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dunnage.model.image import Image, Layer, Platform
from dunnage.model.location import Location
from dunnage.model.package import RemovedPackage
from dunnage.model.purl import Purl
from dunnage.model.system import OperatingSystem
from dunnage.parsers._cyclonedx_package import (
    SYSTEM_TYPES,
    Facts,
    facts,
    first,
    items,
    package,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dunnage.model.limits import Limits
    from dunnage.model.package import Package

Json = dict[str, Any]
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_LAYER = re.compile(
    r"dunnage:layer:(\d{1,4}):(digest|diff_id|size|media_type|created_by|created)\Z"
)
_DISTRO = re.compile(r"([a-z][a-z_.-]*?)-(\d.*)\Z")


def image(component: Json, limits: Limits) -> Image | None:
    """Return the image a document is about, or None if it is about something else.

    Args:
        component: ``metadata.component``.
        limits: ``layers`` bounds how many layers are believed.
    """
    if component.get("type") != "container":
        return None
    found = facts(component)
    name, version = text(component.get("name")), text(component.get("version"))
    digest = next((d for d in _digests(component, found, version) if _DIGEST.match(d)), "")
    tag = f":{version}" if version and not version.startswith("sha256:") else ""
    label = "dunnage:label:"
    labels = ((key.removeprefix(label), v[0]) for key, v in found.items() if key.startswith(label))
    return Image(
        reference=first(found, "dunnage:reference", "aquasecurity:trivy:RepoTag") or name + tag,
        digest=digest,
        config_digest=first(found, "dunnage:config-digest", "aquasecurity:trivy:ImageID"),
        platform=_platform(first(found, "dunnage:platform")),
        layers=_layers(found, limits),
        created=first(found, "dunnage:created"),
        user=first(found, "dunnage:user"),
        labels=tuple(sorted(labels)),
    )


def _digests(component: Json, found: Facts, version: str) -> Iterator[str]:
    yield version
    with suppress(ValueError):
        yield Purl.parse(text(component.get("purl"))).version
    yield first(found, "aquasecurity:trivy:RepoDigest").rpartition("@")[2]
    for entry in items(component.get("hashes")):
        if entry.get("alg") == "SHA-256":
            yield f"sha256:{text(entry.get('content')).lower()}"


def _platform(written: str) -> Platform:
    try:
        return Platform.parse(written) if written else Platform()
    except ValueError:
        return Platform()


def _layers(found: Facts, limits: Limits) -> tuple[Layer, ...]:
    named: dict[int, dict[str, str]] = {}
    for key, values in found.items():
        match = _LAYER.match(key)
        if match and int(match[1]) < limits.layers:
            named.setdefault(int(match[1]), {})[match[2]] = values[0]
    if not named:
        diff_ids = found.get("aquasecurity:trivy:DiffID", ())[: limits.layers]
        return tuple(Layer(n, diff_id=diff_id) for n, diff_id in enumerate(diff_ids))
    return tuple(
        Layer(
            index,
            digest=values.get("digest", ""),
            diff_id=values.get("diff_id", ""),
            size=int(values["size"]) if re.fullmatch(r"\d{1,18}", values.get("size", "")) else -1,
            media_type=values.get("media_type", ""),
            created_by=values.get("created_by", ""),
            created=values.get("created", ""),
        )
        for index, values in sorted(named.items())
    )


def removed(component: Json, limits: Limits) -> tuple[RemovedPackage, ...]:
    """Return the packages that a later layer took away, as far as our own properties tell."""
    gone = []
    for value in facts(component).get("dunnage:removed", ())[: limits.packages]:
        match = re.match(r"(\d{1,4}) (-1|\d{1,4}) (pkg:.*)\Z", value)
        if match:
            with suppress(ValueError):
                found = package({"purl": match[3]}, {})
                place = Location("", int(match[2]))
                gone.append(RemovedPackage(replace(found, locations=(place,)), int(match[1])))
    return tuple(gone)


def system(
    component: Json | None, packages: Sequence[Package], distros: Mapping[str, Any]
) -> OperatingSystem | None:
    """Return the operating system.

    Args:
        component: The component of type ``operating-system``, if there is one.
        packages: All packages; their ``distro`` qualifier speaks where no component does.
        distros: The fact table of distributions.
    """
    found = facts(component) if component else {}
    if component and any(key.startswith("dunnage:os:") for key in found):
        return OperatingSystem(
            id=text(component.get("name")),
            version=text(component.get("version")),
            name=text(component.get("description")),
            codename=first(found, "dunnage:os:codename"),
            ecosystem=first(found, "dunnage:os:ecosystem"),
            namespace=first(found, "dunnage:os:namespace"),
            end_of_life=first(found, "dunnage:os:end-of-life"),
            id_like=tuple(first(found, "dunnage:os:id-like").split()),
        )
    if component:
        identifier = first(found, "syft:distro:id") or text(component.get("name"))
        version = first(found, "syft:distro:versionID") or text(component.get("version"))
    else:
        identifier, version = _most_named(packages)
    named = _identified(identifier.lower(), version, distros) if identifier else None
    if named and not (component or version or named.ecosystem) and _has_releases(named.id, distros):
        # A namespace alone: which release it is nobody says.
        return None
    return named


def stated(namespace: str, distro: str, distros: Mapping[str, Any]) -> OperatingSystem | None:
    """Return the distribution that the qualifier ``distro`` of a package URL names.

    Args:
        namespace: Of the package URL; the distribution where the qualifier is a release only.
        distro: The qualifier (``debian-12``, or ``12`` alone), or empty.
        distros: The fact table of distributions.
    """
    identifier, version = _named(namespace, distro)
    return _identified(identifier, version, distros) if identifier else None


def _most_named(packages: Sequence[Package]) -> tuple[str, str]:
    """Return the distribution most package URLs name."""
    counted = Counter(
        _named(found.namespace, dict(found.qualifiers).get("distro", ""))
        for found in packages
        if found.type in SYSTEM_TYPES
    )
    return counted.most_common(1)[0][0] if counted else ("", "")


def _named(namespace: str, distro: str) -> tuple[str, str]:
    written = distro.lower()
    match = _DISTRO.match(written)
    if match:
        return match[1], match[2]
    if written[:1].isdigit():
        return namespace, written
    return written or namespace, ""


def _has_releases(identifier: str, distros: Mapping[str, Any]) -> bool:
    from dunnage.parsers.distribution import find

    return bool(find(identifier, "", distros)[1].get("ecosystem"))


def _identified(identifier: str, version: str, distros: Mapping[str, Any]) -> OperatingSystem:
    from dunnage.parsers.distribution import override

    try:
        return override(f"{identifier}/{version}" if version else identifier, distros)
    except ValueError:
        return OperatingSystem(identifier, version)
