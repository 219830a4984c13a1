"""CycloneDX components: the target itself, its operating system, and its packages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dunnage.model.problem import Effect
from dunnage.model.purl import Purl
from dunnage.parsers.licence import Form, classify
from dunnage.render._sbom_package import (
    SYSTEM_TYPES,
    cpes,
    image_supplier,
    split_reference,
    supplier,
    whole_repository,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dunnage.model.image import Image, Layer
    from dunnage.model.package import Package
    from dunnage.model.report import Subject
    from dunnage.model.system import OperatingSystem
    from dunnage.parsers.licence import Vocabulary

Json = dict[str, Any]
_ALGORITHMS = {
    "md5": ("MD5", 32),
    "sha-1": ("SHA-1", 40),
    "sha-256": ("SHA-256", 64),
    "sha-384": ("SHA-384", 96),
    "sha-512": ("SHA-512", 128),
}
_HEX = re.compile(r"[0-9a-fA-F]+\Z")


def properties(pairs: Iterable[tuple[str, object]]) -> list[Json]:
    """Return named values under our prefix; empty values are left out."""
    return [
        {"name": f"dunnage:{name}", "value": str(value)} for name, value in pairs if value != ""
    ]


def hashes(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    """Return hashes whose algorithm and length CycloneDX knows (schema, ``hash-content``)."""
    found = []
    for algorithm, content in pairs:
        name, length = _ALGORITHMS.get(algorithm, ("", 0))
        if name and len(content) == length and _HEX.match(content):
            found.append({"alg": name, "content": content})
    return found


def licences(written: tuple[str, ...], vocabulary: Vocabulary) -> list[Json]:
    """Return the licence choice of a component.

    The schema wants either identifiers and names, or exactly one expression; an expression beside
    other licences is therefore written as a name. A spelling that changed is kept as a property.
    """
    classified = [classify(text, vocabulary) for text in written if text.strip()]
    if len(classified) == 1 and classified[0].form is Form.EXPRESSION:
        return [{"expression": classified[0].value, "acknowledgement": "declared"}]
    choice = []
    for text, licence in zip((t for t in written if t.strip()), classified, strict=True):
        inner: Json = {"acknowledgement": "declared"}
        if licence.form is Form.ID:
            inner["id"] = licence.value
            if text != licence.value:
                inner["properties"] = properties([("written", text)])
        else:
            inner["name"] = text
        choice.append({"license": inner})
    return choice


def image_purl(subject: Subject, image: Image) -> str:
    """Return the package URL of an image, or empty if it has no manifest digest.

    The type ``oci`` has the last part of the repository as its name and the manifest digest as its
    version (purl-spec, ``types/oci-definition``). Only what a registry gave has a repository.
    """
    if not image.digest:
        return ""
    repository, tag = split_reference(image.reference or subject.name)
    qualifiers = {"arch": image.platform.architecture, "tag": tag}
    if subject.source == "registry":
        repository = whole_repository(repository)
        qualifiers["repository_url"] = repository
    name = repository.rstrip("/").rpartition("/")[2].lower() or "image"
    pairs = tuple(sorted((key, value) for key, value in qualifiers.items() if value))
    return str(Purl("oci", "", name, image.digest, pairs))


def target(subject: Subject, ref: str) -> Json:
    """Return the component that stands for the examined target itself."""
    image = subject.image
    if image is None:
        found = {"type": "file", "bom-ref": ref, "name": subject.name or "target"}
        return {**found, "properties": properties(subject_facts(subject))}
    repository, tag = split_reference(image.reference or subject.name)
    by = image_supplier(image, subject)
    component: Json = {
        "type": "container",
        "bom-ref": ref,
        "supplier": {"name": by.name} if by else {},
        "name": repository or "image",
        "version": (image.digest or tag)[:1024],
        "hashes": hashes([("sha-256", image.digest.removeprefix("sha256:"))]),
        "purl": image_purl(subject, image),
    }
    component = {key: value for key, value in component.items() if value}
    facts = (*subject_facts(subject), *image_facts(image))
    return {**component, "properties": properties(facts)}


def subject_facts(subject: Subject) -> Iterator[tuple[str, object]]:
    """Give what is known of a target, as names without our prefix and values."""
    yield "name", subject.name
    yield "source", subject.source
    for removed in subject.inventory.removed:
        package = removed.package
        brought = package.locations[0].layer if package.locations else -1
        yield "removed", f"{removed.removed_in} {brought} {package.purl}"
    for problem in subject.inventory.problems:
        if problem.effect is not Effect.NOTE:
            where = f" ({problem.where})" if problem.where else ""
            yield "unread", f"{problem.message}{where}"


def image_facts(image: Image) -> Iterator[tuple[str, object]]:
    """Give what is known of an image and its layers, as names without our prefix and values."""
    yield "reference", image.reference
    yield "config-digest", image.config_digest
    yield "platform", image.platform
    yield "created", image.created
    yield "user", image.user
    for key, value in image.labels:
        yield f"label:{key}", value
    for layer in image.layers:
        yield from _layer_facts(layer)


def _layer_facts(layer: Layer) -> Iterator[tuple[str, object]]:
    prefix = f"layer:{layer.index}"
    yield f"{prefix}:digest", layer.digest
    yield f"{prefix}:diff_id", layer.diff_id
    yield f"{prefix}:size", layer.size if layer.size >= 0 else ""
    yield f"{prefix}:media_type", layer.media_type
    yield f"{prefix}:created_by", layer.created_by
    yield f"{prefix}:created", layer.created


def system(found: OperatingSystem, ref: str) -> Json:
    """Return the component of the operating system."""
    component: Json = {
        "type": "operating-system",
        "bom-ref": ref,
        "name": found.id or "unknown",
        "version": found.version[:1024],
        "description": found.name,
        "properties": properties(system_facts(found)),
    }
    return {key: value for key, value in component.items() if value}


def system_facts(found: OperatingSystem) -> tuple[tuple[str, object], ...]:
    """Return what is known of an operating system beside its name and version."""
    return (
        ("os:codename", found.codename),
        ("os:ecosystem", found.ecosystem),
        ("os:namespace", found.namespace),
        ("os:end-of-life", found.end_of_life),
        ("os:id-like", " ".join(found.id_like)),
    )


def packages(subject: Subject, prefix: str, vocabulary: Vocabulary) -> list[Json]:
    """Return one component for each package.

    Args:
        subject: The target.
        prefix: What makes references unique where a document has several targets.
        vocabulary: The known licences.
    """
    layers = subject.image.layers if subject.image else ()
    created_by = {layer.index: layer.created_by for layer in layers}
    os = subject.inventory.system
    distribution = f"{os.id}-{os.version}".rstrip("-") if os else ""
    owners = {package.ref: package for package in subject.inventory.packages}
    found = []
    for package in subject.inventory.packages:
        component: Json = {"type": "library", "bom-ref": prefix + package.ref}
        # What the metadata says stays as it is written there.
        by = None if package.supplier else supplier(package, subject, owners.get(package.owner))
        if package.supplier or by:
            component["supplier"] = {"name": by.name if by else package.supplier}
        if package.type == "maven" and package.namespace:
            component["group"] = package.namespace
        # A scoped npm name stays whole: readers that take only the name would find another package.
        component["name"] = package.name or "unnamed"
        if package.version:
            component["version"] = package.version[:1024]
        if package.hashes:
            component["hashes"] = hashes(package.hashes)
        if package.licenses:
            component["licenses"] = licences(package.licenses, vocabulary)
        if known := cpes(package):
            component["cpe"] = known[0]
        component["purl"] = str(package.purl)
        facts = [*package_facts(package, created_by, prefix)]
        facts += [DERIVED] if by else []
        listed = properties(facts)
        if distribution and package.type in SYSTEM_TYPES:
            listed.append({"name": "dunnage:distribution", "value": distribution})
        component["properties"] = listed
        found.append(component)
    return found


DERIVED = ("supplier", "derived")
"""Fact of a package whose supplier its own metadata does not name."""


def package_facts(
    package: Package, created_by: dict[int, str], prefix: str
) -> Iterator[tuple[str, object]]:
    """Give what is known of a package beside its component, as names without our prefix.

    Args:
        package: The package.
        created_by: The history line of each layer, by the layer's index.
        prefix: What references start with in the document.
    """
    for position, place in enumerate(package.locations):
        if position:
            text = f"{place.layer} {place.digest or '-'} {place.line} {place.path}"
            yield "location", text
            continue
        if place.layer >= 0:
            yield "layer:index", place.layer
            yield "layer:digest", place.digest
            yield "layer:created_by", created_by.get(place.layer, "")
        yield "path", place.path
        yield "line", place.line or ""
    yield "owner", prefix + package.owner if package.owner else ""
    yield "found-by", package.found_by
    yield "source-name", package.source
    yield "source-version", package.source_version
    for key, value in package.extra:
        yield f"extra:{key}", value
