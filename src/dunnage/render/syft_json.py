"""Writes Syft's own JSON, for what reads it: Syft, Grype, and programs made for them.

The format is Syft's schema 16.0.18 (``schema/json`` in anchore/syft). Decisions where it leaves room:

- It has one source: the first target. The packages of further targets are listed, too, but only the
  first contains its own; ``descriptor.configuration`` names all targets.
- It has no place for what was not examined, and ``descriptor.configuration`` may hold anything, so
  it stands there (``complete``, ``problems``).
- Package URLs have the source package as ``upstream``, as Syft's have.
- No CPEs are guessed. Files, sizes and descriptions are not part of the inventory.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from dunnage.io.tables import table
from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.parsers.licence import Vocabulary
from dunnage.render._encode import encode
from dunnage.render._sbom_package import split_reference
from dunnage.render._syft_package import artifact, identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.image import Image
    from dunnage.model.report import Report, Subject, View
    from dunnage.model.system import OperatingSystem

Json = dict[str, Any]
_VERSION = "16.0.18"
_URL = "https://raw.githubusercontent.com/anchore/syft/main/schema/json"
_PROBLEMS = 1000


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary.of(table("licences"))


def render(report: Report, view: View) -> bytes:
    """Return the packages of a report as one document of Syft's.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    artifacts: list[Json] = []
    relations: list[Json] = []
    source: Json = {"id": "", "name": "", "version": "", "type": "unknown", "metadata": None}
    distro: Json = {}
    for number, subject in enumerate(report.subjects):
        prefix = f"{number + 1}:" if number else ""
        packages = subject.inventory.packages
        artifacts += [artifact(package, prefix, _vocabulary()) for package in packages]
        ids = {package.ref: identifier(prefix + package.ref) for package in packages}
        if not number:
            source = _source(subject)
            distro = _distro(subject.inventory.system)
            relations += [_relation(source["id"], one, "contains") for one in ids.values()]
        relations += _between(subject, ids)
    name, _, version = report.tool.partition(" ")
    return encode(
        {
            "artifacts": artifacts,
            "artifactRelationships": relations,
            "files": [],
            "source": source,
            "distro": distro,
            "descriptor": {
                "name": name or "dunnage",
                "version": version,
                "configuration": _configuration(report),
            },
            "schema": {"version": _VERSION, "url": f"{_URL}/schema-{_VERSION}.json"},
        }
    )


def _relation(parent: str, child: str, kind: str) -> Json:
    return {"parent": parent, "child": child, "type": kind}


def _between(subject: Subject, ids: Mapping[str, str]) -> Iterator[Json]:
    """Give the relationships between packages: the parent is what the child depends on."""
    for package in subject.inventory.packages:
        if package.owner in ids and package.owner != package.ref:
            yield _relation(ids[package.owner], ids[package.ref], "ownership-by-file-overlap")
    for ref, others in subject.inventory.edges:
        if ref in ids:
            for other in dict.fromkeys(others):
                if other in ids:
                    yield _relation(ids[other], ids[ref], "dependency-of")


def _source(subject: Subject) -> Json:
    image = subject.image
    name = subject.name or "target"
    if image:
        return _image_source(name, image, from_registry=subject.source == "registry")
    one_file = subject.source == "file"
    metadata: Json = {"path": name, **({"digests": [], "mimeType": ""} if one_file else {})}
    kind = "file" if one_file else "directory"
    return {
        "id": identifier(f"{kind}:{name}"),
        "name": name,
        "version": "",
        "type": kind,
        "metadata": metadata,
    }


def _image_source(name: str, image: Image, *, from_registry: bool) -> Json:
    """Return an image; Syft names a layer by the digest of its uncompressed tar (diff id)."""
    repository, tag = split_reference(image.reference or name)
    tags = [f"{repository}:{tag}"] if tag else []
    digests = [f"{repository}@{image.digest}"] if from_registry and image.digest else []
    layers = [
        {
            "mediaType": layer.media_type,
            "digest": layer.diff_id or layer.digest,
            "size": max(layer.size, 0),
        }
        for layer in image.layers
    ]
    metadata = {
        "userInput": name,
        "imageID": image.config_digest,
        "manifestDigest": image.digest,
        "mediaType": "",
        "tags": tags,
        "imageSize": sum(layer["size"] for layer in layers if isinstance(layer["size"], int)),
        "layers": layers,
        "manifest": None,
        "config": None,
        "repoDigests": digests,
        "architecture": image.platform.architecture,
        "os": image.platform.os,
        "labels": dict(image.labels),
    }
    return {
        "id": identifier(image.digest or image.config_digest or name),
        "name": repository or "image",
        "version": image.digest or tag,
        "type": "image",
        "metadata": metadata,
    }


def _distro(os: OperatingSystem | None) -> Json:
    if os is None:
        return {}
    found: Json = {
        "prettyName": os.name,
        "name": os.name or os.id,
        "id": os.id,
        "idLike": list(os.id_like),
        "versionID": os.version,
        "versionCodename": os.codename,
        "supportEnd": os.end_of_life,
    }
    return {key: value for key, value in found.items() if value}


def _configuration(report: Report) -> Json:
    told = [problem for problem in report.all_problems if problem.effect is not Effect.NOTE]
    return {
        "created": report.created,
        "targets": [subject.name for subject in report.subjects],
        "complete": report.complete,
        "problems": [
            {"code": problem.code, "message": problem.message, "where": problem.where}
            for problem in told[:_PROBLEMS]
        ],
    }


renderer = Renderer(
    render=render,
    media_type="application/vnd.syft+json",
    suffix=".syft.json",
    summary="Syft's JSON, for Grype and others that read it",
    of_source=False,
)
