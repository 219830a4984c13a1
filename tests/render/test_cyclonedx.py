"""CycloneDX documents are valid, complete about what they hold, and say what they lack."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from msgspec.structs import replace

from dunnage.model.finding import Status
from dunnage.model.image import Image
from dunnage.model.inventory import Inventory
from dunnage.model.report import Report, Subject, View
from dunnage.render._cyclonedx_component import hashes, image_purl
from dunnage.render.cyclonedx_json import renderer
from sample_hostile import HOSTILE
from sample_image import (
    ALPINE,
    CURL,
    IMAGE,
    LIBSSL,
    LODASH_B,
    LOG4J,
    PACKAGES,
    TRAVERSE,
    digest,
    named,
)
from sample_platforms import PLATFORMS
from samples import EMPTY, FINDINGS, REPORT, SEVERAL, SUBJECT, UNSEEN
from schemas import cyclonedx_errors as schema_errors

REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "platforms": PLATFORMS,
    "hostile": HOSTILE,
    "nothing": Report(subjects=(), created=REPORT.created, tool=REPORT.tool),
}


def document(report: Report) -> dict[str, Any]:
    """Return the parsed document of a report."""
    value = json.loads(renderer.render(report, View()))
    assert isinstance(value, dict)
    return value


def facts(component: dict[str, Any]) -> dict[str, str]:
    """Return the properties of a component by name."""
    return {entry["name"]: entry["value"] for entry in component.get("properties", ())}


@pytest.mark.parametrize("name", REPORTS)
def test_official_schema_accepts_it(name: str) -> None:
    """Every kind of report gives a document that the official schema accepts."""
    assert schema_errors(document(REPORTS[name])) == []


def test_official_schema_refuses_what_is_wrong() -> None:
    """The validation above can fail: a planted error of each referenced schema is found."""
    broken = document(REPORT)
    broken["components"][1]["licenses"] = [{"license": {"id": "No-Such-Licence"}}]
    broken["vulnerabilities"][0]["ratings"][0]["method"] = "CVSSv5"
    assert len(schema_errors(broken)) >= 2


@pytest.mark.parametrize("name", REPORTS)
def test_references_resolve(name: str) -> None:
    """References are unique, every component is in the graph, and nothing points nowhere."""
    value = document(REPORTS[name])
    outer = [value["metadata"].get("component"), *value["components"]]
    components = [c for c in outer if c]
    components += [inner for c in components for inner in c.get("components", ())]
    refs = [c["bom-ref"] for c in components]
    assert len(refs) == len(set(refs))
    graph = {entry["ref"]: entry.get("dependsOn", []) for entry in value["dependencies"]}
    assert set(graph) == set(refs)
    assert len(graph) == len(value["dependencies"])
    assert {other for others in graph.values() for other in others} <= set(refs)
    affected = [a["ref"] for v in value.get("vulnerabilities", ()) for a in v["affects"]]
    assert set(affected) <= set(refs)
    listed = [v["bom-ref"] for v in value.get("vulnerabilities", ())]
    assert len(listed) == len(set(listed))


def test_everything_is_reached_from_the_target() -> None:
    """Following the graph from the target reaches every package, also through circles."""
    circle = ((LIBSSL.ref, (TRAVERSE.ref,)), (TRAVERSE.ref, (LIBSSL.ref,)))
    inventory = replace(SUBJECT.inventory, edges=circle)
    value = document(replace(REPORT, subjects=(replace(SUBJECT, inventory=inventory),)))
    graph = {entry["ref"]: entry.get("dependsOn", []) for entry in value["dependencies"]}
    pending, reached = [value["metadata"]["component"]["bom-ref"]], set()
    while pending:
        ref = pending.pop()
        if ref not in reached:
            reached.add(ref)
            pending += graph[ref]
    assert reached == set(graph)


def test_same_report_same_bytes() -> None:
    """The document depends on the report only; another report has another serial number."""
    assert renderer.render(REPORT, View()) == renderer.render(REPORT, View(200, colour=True))
    first, other = document(REPORT), document(EMPTY)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", first["serialNumber"])
    assert first["serialNumber"] != other["serialNumber"]


def test_image_is_the_main_component() -> None:
    """The image carries its digest, platform, layers and a package URL as the type asks."""
    value = document(REPORT)
    image = value["metadata"]["component"]
    assert image["type"] == "container"
    assert image["name"] == "registry.example.org/shop/web"
    assert image["version"] == IMAGE.digest
    assert image["hashes"] == [{"alg": "SHA-256", "content": IMAGE.digest[7:]}]
    assert image["purl"] == (
        f"pkg:oci/web@{IMAGE.digest}?arch=amd64"
        "&repository_url=registry.example.org%2Fshop%2Fweb&tag=1.4"
    )
    found = facts(image)
    assert found["dunnage:config-digest"] == IMAGE.config_digest
    assert found["dunnage:platform"] == "linux/amd64"
    assert found["dunnage:layer:1:diff_id"] == IMAGE.layers[1].diff_id
    assert found["dunnage:removed"] == f"1 0 {CURL.purl}"
    assert not any("PATH=" in text for text in found.values())


@pytest.mark.parametrize(
    ("reference", "source", "expected"),
    [
        (
            "alpine:3.19",
            "registry",
            "alpine@D?repository_url=docker.io%2Flibrary%2Falpine&tag=3.19",
        ),
        ("shop/Web", "registry", "web@D?repository_url=docker.io%2Fshop%2FWeb"),
        ("localhost:5000/a@D", "registry", "a@D?repository_url=localhost:5000%2Fa"),
        ("build/image", "oci-dir", "image@D"),
        ("", "oci-archive", "app.tar@D"),
    ],
)
def test_package_url_of_an_image(reference: str, source: str, expected: str) -> None:
    """Only what came from a registry names its repository."""
    image = Image(reference.replace("D", digest("x")), digest("x"))
    purl = image_purl(Subject("app.tar", source), image)
    assert purl == "pkg:oci/" + expected.replace("D?", digest("x") + "?").replace(
        "@D", "@" + digest("x")
    )


def test_package_component() -> None:
    """A package tells its layer, the line that made it, its place, source and distribution."""
    by_ref = {c["bom-ref"]: c for c in document(REPORT)["components"]}
    libssl = by_ref[LIBSSL.ref]
    assert libssl["purl"] == ("pkg:apk/alpine/libssl1.1@1.1.1d-r2?arch=x86_64&distro=alpine-3.10.4")
    found = facts(libssl)
    assert found["dunnage:layer:index"] == "1"
    assert found["dunnage:layer:digest"] == IMAGE.layers[1].diff_id
    assert "apk add" in found["dunnage:layer:created_by"]
    assert found["dunnage:source-name"] == "openssl"
    assert found["dunnage:distribution"] == "alpine-3.10.4"
    assert libssl["licenses"] == [{"license": {"id": "OpenSSL", "acknowledgement": "declared"}}]
    assert by_ref[TRAVERSE.ref]["name"] == "@babel/traverse"
    assert by_ref[LOG4J.ref]["group"] == "org.apache.logging.log4j"
    assert by_ref[TRAVERSE.ref]["licenses"][0]["expression"] == "MIT OR Apache-2.0"
    assert by_ref[TRAVERSE.ref]["hashes"] == [{"alg": "SHA-512", "content": "ab" * 64}]
    os = by_ref["os:alpine@3.10.4"]
    assert (os["type"], os["name"], os["version"]) == (
        "operating-system",
        ALPINE.id,
        ALPINE.version,
    )
    assert len(by_ref) == len(PACKAGES) + 1


def test_vulnerability() -> None:
    """One vulnerability of several packages is one entry with ratings, fix and what is known."""
    entries = document(REPORT)["vulnerabilities"]
    by_id = {entry["id"]: entry for entry in entries}
    shell = by_id["CVE-2021-44228"]
    assert shell["ratings"][0] == {
        "source": {"name": "osv"},
        "score": 10.0,
        "severity": "critical",
        "method": "CVSSv31",
        "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
    }
    assert shell["ratings"][1]["method"] == "CVSSv2"
    assert shell["references"][0]["id"] == "GHSA-jfh8-c2jp-5v3q"
    assert shell["affects"] == [
        {"ref": LOG4J.ref, "versions": [{"version": "2.14.1", "status": "affected"}]}
    ]
    found = facts(shell)
    assert found["dunnage:kev:added"] == "2021-12-10"
    assert found["dunnage:kev:ransomware"] == "true"
    assert found["dunnage:epss:score"] == "0.9447"
    assert found["dunnage:fix:version"] == "2.15.0"
    assert len(by_id["CVE-2021-3711"]["affects"]) == 2
    assert {r["method"] for r in by_id["CVE-2023-45133"]["ratings"]} == {"CVSSv4", "CVSSv3"}
    assert by_id["CVE-2021-42374"]["ratings"] == [{"severity": "unknown", "method": "other"}]


def test_what_became_of_findings() -> None:
    """Open findings carry no analysis; waived and suppressed ones do; hidden ones are counted."""
    value = document(REPORT)
    by_id = {entry["id"]: entry for entry in value["vulnerabilities"]}
    assert by_id["CVE-2019-10906"]["analysis"]["state"] == "in_triage"
    assert by_id["CVE-2024-35195"]["analysis"]["state"] == "not_affected"
    assert by_id["CVE-2024-35195"]["affects"][0]["versions"][0]["status"] == "unaffected"
    assert "analysis" not in by_id["CVE-2021-44228"]
    hidden = {f.id for f in FINDINGS if f.status is Status.HIDDEN}
    assert hidden
    assert not hidden & set(by_id)
    found = facts(value["metadata"])
    assert found["dunnage:hidden-findings"] == str(len(hidden))
    assert "end-of-life" in found["dunnage:finding"]


def test_incomplete_is_said() -> None:
    """A report that saw less than everything says so, and none claims to be complete."""
    assert document(REPORT)["compositions"][0]["aggregate"] == "incomplete"
    assert document(EMPTY)["compositions"][0]["aggregate"] == "unknown"
    assert facts(document(REPORT)["metadata"])["dunnage:complete"] == "false"


def test_several_targets() -> None:
    """The second target is a component that holds its own packages."""
    value = document(SEVERAL)
    second = value["components"][-1]
    assert second["type"] == "container"
    assert len(second["components"]) == len(PACKAGES) + 1
    assert [c["aggregate"] for c in value["compositions"]] == ["incomplete", "unknown"]


def test_only_known_hashes_are_written() -> None:
    """A hash of unknown algorithm, wrong length or wrong digits is left out."""
    good = ("sha-256", "0" * 64)
    bad = (("crc", "00"), ("md5", "0" * 40), ("sha-1", "g" * 40), ("sha-1", "0" * 39 + "\n"))
    assert hashes((good, *bad)) == [{"alg": "SHA-256", "content": "0" * 64}]


def test_ten_thousand_packages_are_quick() -> None:
    """10,000 packages take at most 3 seconds of CPU time on a slow machine (1.5 on ours)."""
    many = tuple(
        named(replace(LODASH_B, name=f"lodash{n}", ref="", depends=("a",))) for n in range(10_000)
    )
    edges = tuple((package.ref, (many[0].ref,)) for package in many[1:])
    subject = replace(SUBJECT, inventory=Inventory(packages=many, edges=edges), findings=())
    start = time.process_time()
    data = renderer.render(replace(REPORT, subjects=(subject,)), View())
    spent = time.process_time() - start
    print(f"{spent:.2f} s, {len(data)} bytes")
    assert spent < 3.0
