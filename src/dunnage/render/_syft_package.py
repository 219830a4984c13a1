"""Packages as Syft's JSON writes them, with the metadata that matchers read."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dunnage.parsers.licence import Form, classify
from dunnage.render._sbom_package import cpes, source_rpm, sourced_purl

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.location import Location
    from dunnage.model.package import Package
    from dunnage.parsers.licence import Vocabulary

Json = dict[str, Any]
_TYPES = {
    "apk": ("apk", ""),
    "bitnami": ("bitnami", ""),
    "cargo": ("rust-crate", "rust"),
    "composer": ("php-composer", "php"),
    "conda": ("conda", "python"),
    "deb": ("deb", ""),
    "gem": ("gem", "ruby"),
    "generic": ("binary", ""),
    "golang": ("go-module", "go"),
    "maven": ("java-archive", "java"),
    "npm": ("npm", "javascript"),
    "nuget": ("dotnet", "dotnet"),
    "pypi": ("python", "python"),
    "rpm": ("rpm", ""),
}
"""Syft's package type and language by package URL type."""


def identifier(text: str) -> str:
    """Return an id of 16 hex digits, as long as Syft's."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def artifact(package: Package, prefix: str, vocabulary: Vocabulary) -> Json:
    """Return one package.

    Args:
        package: What was found.
        prefix: What makes ids unique where a document has several targets.
        vocabulary: The known licences.
    """
    kind, language = _TYPES.get(package.type, ("UnknownPackage", ""))
    found: Json = {
        "id": identifier(prefix + package.ref),
        "name": package.name or "unnamed",
        "version": package.version,
        "type": kind,
        "foundBy": package.found_by,
        "locations": [
            _location(place, "supporting" if n else "primary")
            for n, place in enumerate(package.locations)
        ],
        "licenses": [_licence(text, vocabulary) for text in package.licenses if text.strip()],
        "language": language,
        "cpes": [{"cpe": cpe, "source": "declared"} for cpe in cpes(package)],
        "purl": sourced_purl(package),
    }
    if package.type in _METADATA:
        name, metadata = _METADATA[package.type]
        found["metadataType"] = name
        found["metadata"] = metadata(package)
    return found


def _location(place: Location, evidence: str) -> Json:
    """Return a place; of a member of an archive, the archive."""
    path = "/" + place.path.partition("!/")[0].lstrip("/")
    layer = {"layerID": place.digest} if place.digest else {}
    return {"path": path, **layer, "accessPath": path, "annotations": {"evidence": evidence}}


def _licence(text: str, vocabulary: Vocabulary) -> Json:
    licence = classify(text, vocabulary)
    return {
        "value": text,
        "spdxExpression": "" if licence.form is Form.NAME else licence.value,
        "type": "declared",
        "urls": [],
        "locations": [],
    }


# Sizes and file lists are not part of the inventory. Syft's readers want the keys all the same.


def _apk(package: Package) -> Json:
    return {
        "package": package.name,
        "originPackage": package.source,
        "maintainer": package.supplier,
        "version": package.version,
        "architecture": package.arch,
        "url": "",
        "description": "",
        "size": 0,
        "installedSize": 0,
        "pullDependencies": package.depends,
        "provides": package.provides,
        "pullChecksum": "",
        "gitCommitOfApkPort": "",
        "files": [],
    }


def _deb(package: Package) -> Json:
    source = package.source if package.source != package.name or package.source_version else ""
    return {
        "package": package.name,
        "source": source,
        "version": package.version,
        "sourceVersion": package.source_version,
        "architecture": package.arch,
        "maintainer": package.supplier,
        "installedSize": 0,
        "provides": package.provides,
        "depends": package.depends,
        "files": [],
    }


def _rpm(package: Package) -> Json:
    epoch, colon, rest = package.version.partition(":")
    version, _, release = (rest if colon else package.version).rpartition("-")
    return {
        "name": package.name,
        "version": version or release,
        "epoch": int(epoch) if colon and epoch.isascii() and epoch.isdigit() else None,
        "architecture": package.arch,
        "release": release if version else "",
        "sourceRpm": source_rpm(package),
        "size": 0,
        "vendor": package.supplier,
        "modularityLabel": dict(package.extra).get("modularity", ""),
        "provides": package.provides,
        "requires": package.depends,
        "files": [],
    }


def _python(package: Package) -> Json:
    path = package.locations[0].path if package.locations else ""
    root = "/".join(path.split("/")[:-2])
    return {
        "name": package.name,
        "version": package.version,
        "author": package.supplier,
        "authorEmail": "",
        "platform": "",
        "sitePackagesRootPath": f"/{root}" if root else "",
        "requiresDist": package.depends,
    }


def _npm(package: Package) -> Json:
    return {
        "name": package.name,
        "version": package.version,
        "author": package.supplier,
        "homepage": "",
        "description": "",
        "url": "",
        "private": False,
    }


def _go(package: Package) -> Json:
    main = {"mainModule": package.name} if ("main-module", "true") in package.extra else {}
    return {"goCompiledVersion": "", "architecture": package.arch, **main}


def _java(package: Package) -> Json:
    path = package.locations[0].path if package.locations else ""
    found: Json = {"virtualPath": "/" + path.replace("!/", ":").lstrip("/")}
    if package.namespace:
        found["pomProperties"] = {
            "path": "",
            "name": "",
            "groupId": package.namespace,
            "artifactId": package.name,
            "version": package.version,
        }
    digests = [
        {"algorithm": algorithm.replace("-", ""), "value": value}
        for algorithm, value in package.hashes
    ]
    return {**found, "digest": digests} if digests else found


def _rust(package: Package) -> Json:
    source = dict(package.extra).get("source", "crates.io")
    return {"name": package.name, "version": package.version, "source": source}


_METADATA: dict[str, tuple[str, Callable[[Package], Json]]] = {
    "apk": ("apk-db-entry", _apk),
    "cargo": ("rust-cargo-audit-entry", _rust),
    "deb": ("dpkg-db-entry", _deb),
    "golang": ("go-module-buildinfo-entry", _go),
    "maven": ("java-archive", _java),
    "npm": ("javascript-npm-package", _npm),
    "pypi": ("python-package", _python),
    "rpm": ("rpm-db-entry", _rpm),
}
"""The name of Syft's metadata and how it is made, by package URL type."""
