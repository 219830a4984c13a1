"""The document for Syft's readers has what they match by, and is honest about the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from dunnage.model.inventory import Inventory
from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.report import Report, View
from dunnage.render.syft_json import renderer
from sample_hostile import HOSTILE
from sample_image import IMAGE, LIBSSL, LOG4J, PACKAGES, PY3_REQUESTS, REQUESTS, TRAVERSE, named
from sample_platforms import PLATFORMS
from samples import EMPTY, REPORT, SEVERAL, SUBJECT, UNSEEN

REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "platforms": PLATFORMS,
    "evil": HOSTILE,
}


def document(report: Report) -> dict[str, Any]:
    """Return the parsed document of a report."""
    value = json.loads(renderer.render(report, View()))
    assert isinstance(value, dict)
    return value


def only(package: Package) -> dict[str, Any]:
    """Return the artifact of one package."""
    subject = replace(SUBJECT, inventory=Inventory(packages=(named(package),)), findings=())
    (found,) = document(replace(REPORT, subjects=(subject,)))["artifacts"]
    assert isinstance(found, dict)
    return found


def by_name(value: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the artifacts of a document by name."""
    return {entry["name"]: entry for entry in value["artifacts"]}


@pytest.mark.parametrize("name", REPORTS)
def test_ids_are_unique_and_relations_of_artifacts_resolve(name: str) -> None:
    """Every artifact has its own id, and relations name artifacts or the source."""
    value = document(REPORTS[name])
    ids = [entry["id"] for entry in value["artifacts"]]
    assert len(ids) == len(set(ids))
    ends = {r[end] for r in value["artifactRelationships"] for end in ("parent", "child")}
    assert ends <= {value["source"]["id"], *ids}
    assert value["schema"]["url"].endswith(f"/schema-{value['schema']['version']}.json")


def test_source_is_the_image() -> None:
    """The image is the source, with its layers by diff id and its distribution."""
    value = document(REPORT)
    metadata = value["source"]["metadata"]
    assert value["source"]["type"] == "image"
    assert metadata["manifestDigest"] == IMAGE.digest
    assert [layer["digest"] for layer in metadata["layers"]] == [x.diff_id for x in IMAGE.layers]
    assert metadata["tags"] == ["registry.example.org/shop/web:1.4"]
    assert metadata["repoDigests"] == [f"registry.example.org/shop/web@{IMAGE.digest}"]
    assert value["distro"]["id"] == "alpine"
    assert value["distro"]["versionID"] == "3.10.4"
    assert value["distro"]["supportEnd"] == "2021-05-01"


@pytest.mark.parametrize(("source", "kind"), [("file", "file"), ("dir", "directory")])
def test_other_sources(source: str, kind: str) -> None:
    """A file and a directory are named by their path."""
    subject = replace(SUBJECT, name="some/where", source=source, image=None)
    value = document(replace(REPORT, subjects=(subject,)))
    assert value["source"]["type"] == kind
    assert value["source"]["metadata"]["path"] == "some/where"


def test_what_matchers_read() -> None:
    """Origin, place with layer, licence, coordinates and digests are where matchers look."""
    found = by_name(document(REPORT))
    libssl = found["libssl1.1"]
    assert (libssl["type"], libssl["metadataType"]) == ("apk", "apk-db-entry")
    assert libssl["metadata"]["originPackage"] == LIBSSL.source
    assert libssl["locations"][0]["path"] == "/lib/apk/db/installed"
    assert libssl["locations"][0]["layerID"] == IMAGE.layers[1].diff_id
    assert libssl["licenses"][0]["spdxExpression"] == "OpenSSL"
    log4j = found[LOG4J.name]
    assert log4j["metadata"]["pomProperties"]["groupId"] == LOG4J.namespace
    assert log4j["metadata"]["virtualPath"].endswith("shop.jar:BOOT-INF/lib/log4j-core-2.14.1.jar")
    assert log4j["metadata"]["digest"][0]["algorithm"] == "sha1"
    assert log4j["locations"][0]["path"] == "/app/shop.jar"
    assert found[TRAVERSE.name]["language"] == "javascript"
    assert found["requests"]["metadata"]["sitePackagesRootPath"] == (
        "/usr/lib/python3.7/site-packages"
    )


def test_relations_have_syfts_direction() -> None:
    """The parent of ``dependency-of`` is what is needed; owners are parents, too."""
    value = document(REPORT)
    names = {entry["id"]: entry["name"] for entry in value["artifacts"]}
    told = {
        (names.get(r["parent"], "source"), r["type"], names[r["child"]])
        for r in value["artifactRelationships"]
    }
    assert ("libcrypto1.1", "dependency-of", "libssl1.1") in told
    assert (PY3_REQUESTS.name, "ownership-by-file-overlap", REQUESTS.name) in told
    assert ("source", "contains", "musl") in told


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1:2.3-4.el9", (1, "2.3", "4.el9")),
        ("2.3-4.el9", (None, "2.3", "4.el9")),
        ("0:2-1", (0, "2", "1")),
        ("3", (None, "3", "")),
        ("x:3-1", (None, "3", "1")),
        ("", (None, "", "")),
    ],
)
def test_version_of_an_rpm_in_parts(version: str, expected: tuple[int | None, str, str]) -> None:
    """Epoch, version and release are apart, whatever the version looks like."""
    place = (Location("var/lib/rpm/rpmdb.sqlite"),)
    extra = (("modularity", "nodejs:18"),)
    found = only(Package("rpm", "a", version, source="b", locations=place, extra=extra))
    metadata = found["metadata"]
    assert (metadata["epoch"], metadata["version"], metadata["release"]) == expected
    assert metadata["modularityLabel"] == "nodejs:18"


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (Package("deb", "a", "1", source="a"), ("", "")),
        (Package("deb", "a", "1", source="b"), ("b", "")),
        (Package("deb", "a", "1", source="a", source_version="2"), ("a", "2")),
    ],
)
def test_source_of_a_deb(package: Package, expected: tuple[str, str]) -> None:
    """As in dpkg's status, a source that is the package itself is left out."""
    place = (Location("var/lib/dpkg/status"),)
    metadata = only(replace(package, locations=place))["metadata"]
    assert (metadata["source"], metadata["sourceVersion"]) == expected


def test_main_module_of_a_go_program() -> None:
    """Only the main module of a program names itself as such."""
    place = (Location("app"),)
    main = Package("golang", "a.example/b", "", locations=place, extra=(("main-module", "true"),))
    assert only(main)["metadata"]["mainModule"] == "a.example/b"
    assert "mainModule" not in only(replace(main, extra=()))["metadata"]


def test_kinds_that_syft_does_not_know() -> None:
    """A type without a counterpart is kept with its package URL and has no metadata."""
    found = only(Package("swift", "a", "1", locations=(Location("a"),)))
    assert found["type"] == "UnknownPackage"
    assert found["purl"] == "pkg:swift/a@1"
    assert "metadata" not in found


def test_incomplete_and_further_targets_are_said() -> None:
    """What was not examined and all targets stand in the descriptor."""
    told = document(UNSEEN)["descriptor"]["configuration"]
    assert told["complete"] is False
    assert [problem["code"] for problem in told["problems"]] == ["broken-layer", "no-data"]
    several = document(SEVERAL)
    assert several["descriptor"]["configuration"]["targets"][1] == "alpine@linux/arm64"
    assert len(several["artifacts"]) == 2 * len(PACKAGES)
