"""One CycloneDX component that names a package, whoever wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.purl import Purl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]
Facts = dict[str, list[str]]
SYSTEM_TYPES = frozenset({"apk", "deb", "rpm"})
_LONGEST_PURL = 8192
_MOST = 1000
_ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha-1",
    "SHA-256": "sha-256",
    "SHA-384": "sha-384",
    "SHA-512": "sha-512",
}


def text(value: object) -> str:
    """Return a string, or nothing for any other type."""
    return value if isinstance(value, str) else ""


def items(value: object) -> list[Json]:
    """Return the objects of a list; anything else in it, or no list at all, is left out."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def facts(component: Json) -> Facts:
    """Return the properties of a component: every value of every name, in order."""
    found: Facts = {}
    for entry in items(component.get("properties")):
        name, value = text(entry.get("name")), text(entry.get("value"))
        if name and value:
            found.setdefault(name, []).append(value)
    return found


def first(found: Facts, *names: str) -> str:
    """Return the first value of the first name that has one, or empty."""
    return next((found[name][0] for name in names if name in found), "")


def package(component: Json, layers: Mapping[str, int]) -> Package:
    """Return the package a component names; ``ref`` is its ``bom-ref`` or empty.

    Args:
        component: A component with a ``purl``.
        layers: Index of each known layer by its digest and by its diff id.

    Raises:
        ValueError: If the package URL is missing or wrong; the message says how.
    """
    written = text(component.get("purl"))
    _check_length(written)
    purl = Purl.parse(written)
    found = facts(component)
    qualifiers = dict(purl.qualifiers)
    arch, upstream = qualifiers.pop("arch", ""), qualifiers.pop("upstream", "")
    version = _version(component, purl, qualifiers)
    source, source_version = _source(purl, found, upstream)
    namespace, name = _named(component, purl)
    hashes = ((_ALGORITHMS.get(text(h.get("alg")), ""), text(h.get("content"))) for h in
              items(component.get("hashes"))[:_MOST])  # fmt: skip
    extra = sorted(
        (key.removeprefix("dunnage:extra:"), values[0])
        for key, values in found.items()
        if key.startswith("dunnage:extra:")
    )
    module = first(found, "aquasecurity:trivy:Modularitylabel", "syft:metadata:modularityLabel")
    stream = qualifiers.pop("modularitylabel", "") or qualifiers.pop("rpmmod", "")
    module = module or stream
    if module and purl.type == "rpm" and not any(key == "modularity" for key, _ in extra):
        extra = sorted([*extra, ("modularity", module)])
    listed = Package(
        purl.type,
        name,
        version,
        namespace=namespace,
        arch=arch,
        source=source,
        source_version=source_version,
        licenses=tuple(_licences(component))[:_MOST],
        hashes=tuple((algorithm, content) for algorithm, content in hashes if algorithm),
        supplier=_supplier(component, found),
        qualifiers=tuple(sorted(qualifiers.items())),
        extra=tuple(extra),
        found_by=first(found, "dunnage:found-by", "syft:package:foundBy"),
        locations=tuple(_locations(component, found, layers)),
        owner=first(found, "dunnage:owner"),
        ref=text(component.get("bom-ref")),
    )
    # Written again it may be longer, or an encoded slash may leave no name; but what we write has to
    # be read again.
    again = listed.purl
    _check_length(str(again))
    if not again.name:
        raise ValueError(f"a package URL without a name: {written[:80]!r}")
    return listed


def _check_length(purl: str) -> None:
    if len(purl) > _LONGEST_PURL:
        raise ValueError(f"a package URL of {len(purl)} characters")


def _version(component: Json, purl: Purl, qualifiers: dict[str, str]) -> str:
    """Return the version; an rpm's epoch is a qualifier of its package URL (purl-spec, rpm).

    Trivy does the same for deb packages.
    """
    version = purl.version or text(component.get("version"))
    epoch = qualifiers.pop("epoch", "") if purl.type in {"deb", "rpm"} else ""
    return f"{epoch}:{version}" if epoch.isdigit() and ":" not in version else version


def _named(component: Json, purl: Purl) -> tuple[str, str]:
    """Return namespace and name as a cataloger of this type gives them.

    A package URL may have lost the spelling of a name (purl-spec: ``Jinja2`` is ``jinja2``); the
    component still has it.
    """
    if purl.type in {"npm", "golang", "composer"}:
        return "", f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    spelled = text(component.get("name"))
    same = str(Purl(purl.type, "", spelled)) == str(Purl(purl.type, "", purl.name))
    return purl.namespace, spelled if spelled and same else purl.name


def _source(purl: Purl, found: Facts, upstream: str) -> tuple[str, str]:
    """Return name and version of the source package, from whichever tool's property has it."""
    own = first(found, "dunnage:source-name")
    if own:
        return own, first(found, "dunnage:source-version")
    if purl.type not in SYSTEM_TYPES:
        return "", ""
    name = first(found, "aquasecurity:trivy:SrcName")
    if name:
        return name, _trivy_version(found)
    rpm = first(found, "syft:metadata:sourceRpm")
    if not rpm and upstream.endswith(".src.rpm"):
        rpm = upstream
    if rpm:
        return _source_rpm(rpm)
    name = first(found, "syft:metadata:source", "syft:metadata:originPackage")
    if name:
        return name, first(found, "syft:metadata:sourceVersion")
    name, _, version = upstream.partition("@")
    return name, version


def _trivy_version(found: Facts) -> str:
    version = first(found, "aquasecurity:trivy:SrcVersion")
    release = first(found, "aquasecurity:trivy:SrcRelease")
    epoch = first(found, "aquasecurity:trivy:SrcEpoch")
    if version and release:
        version = f"{version}-{release}"
    return f"{epoch}:{version}" if version and epoch not in {"", "0"} else version


def _source_rpm(file_name: str) -> tuple[str, str]:
    """Split ``name-version-release.src.rpm`` (no epoch: the file name never has one)."""
    stem = file_name.removesuffix(".rpm").removesuffix(".src").removesuffix(".nosrc")
    parts = stem.rsplit("-", 2)
    return (parts[0], f"{parts[1]}-{parts[2]}") if len(parts) == 3 else (stem, "")


def _licences(component: Json) -> Iterator[str]:
    for choice in items(component.get("licenses")):
        inner = choice.get("license")
        if isinstance(inner, dict):
            written = first(facts(inner), "dunnage:written")
            value = written or text(inner.get("id")) or text(inner.get("name"))
        else:
            value = text(choice.get("expression"))
        if value:
            yield value


def _supplier(component: Json, found: Facts) -> str:
    if first(found, "dunnage:supplier") == "derived":
        return ""  # the metadata of the package names nobody
    supplier = component.get("supplier")
    named = text(supplier.get("name")) if isinstance(supplier, dict) else ""
    return named or text(component.get("publisher")) or text(component.get("author"))


def _locations(component: Json, found: Facts, layers: Mapping[str, int]) -> Iterator[Location]:
    own = first(found, "dunnage:path")
    if own:
        digest = first(found, "dunnage:layer:digest")
        index = _number(first(found, "dunnage:layer:index"), -1)
        yield Location(own, index, digest, _number(first(found, "dunnage:line"), 0))
        for value in found.get("dunnage:location", ())[:_MOST]:
            layer, digest, line, path = [*value.split(" ", 3), "", "", ""][:4]
            if path:
                digest = "" if digest == "-" else digest
                yield Location(path, _number(layer, -1), digest, _number(line, 0))
        return
    path = first(found, "aquasecurity:trivy:FilePath", "syft:location:0:path")
    digest = first(found, "aquasecurity:trivy:LayerDiffID", "syft:location:0:layerID")
    if not path:
        evidence = component.get("evidence")
        occurrences = items(evidence.get("occurrences")) if isinstance(evidence, dict) else []
        path = next((text(o.get("location")) for o in occurrences), "")
    if path or digest:
        yield Location(path.lstrip("/"), layers.get(digest, -1), digest)


def _number(written: str, default: int) -> int:
    plain = written.isascii() and written.isdigit() and len(written) < 8
    return int(written) if plain else default
