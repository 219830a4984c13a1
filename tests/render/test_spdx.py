"""SPDX documents are valid, the same in both syntaxes, and say what they lack."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.io.folder import load
from dunnage.io.tables import table
from dunnage.model.finding import Status
from dunnage.model.inventory import Inventory
from dunnage.model.package import Package
from dunnage.model.renderer import Renderer
from dunnage.model.report import Report, View
from dunnage.parsers.licence import Form, Vocabulary, classify
from dunnage.render._sbom_package import sourced_purl
from dunnage.render._spdx_licence import Licences
from dunnage.render.spdx_json import renderer as json_renderer
from dunnage.render.spdx_tag_value import renderer as tag_renderer
from sample_hostile import HOSTILE
from sample_image import IMAGE, LIBSSL, LODASH_B, LOG4J, MUSL, PACKAGES, REQUESTS, TRAVERSE, named
from sample_platforms import PLATFORMS
from samples import EMPTY, FINDINGS, REPORT, SEVERAL, SUBJECT, UNSEEN
from schemas import spdx_errors

REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "platforms": PLATFORMS,
    "hostile": HOSTILE,
    "nothing": Report(subjects=(), created=REPORT.created, tool=REPORT.tool),
}
VOCABULARY = Vocabulary.of(table("licences"))
BARE = Package("npm", "a", "1")


def document(report: Report) -> dict[str, Any]:
    """Return the parsed ``spdx-json`` of a report."""
    value = json.loads(json_renderer.render(report, View()))
    assert isinstance(value, dict)
    return value


def tags(report: Report) -> list[tuple[str, str]]:
    """Return the tags and values of the ``spdx-tag-value`` of a report, as its grammar says."""
    text = tag_renderer.render(report, View()).decode()
    found = []
    while text.strip():
        text = text.lstrip("\n")
        tag, _, rest = text.partition(": ")
        assert re.fullmatch(r"[A-Za-z]+", tag), tag[:100]
        if rest.startswith("<text>"):
            value, end, text = rest.removeprefix("<text>").partition("</text>\n")
            assert end
        else:
            value, _, text = rest.partition("\n")
        found.append((tag, value))
    return found


def by_purl(value: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the packages of a document by their package URL without qualifiers."""
    return {
        reference["referenceLocator"].partition("?")[0]: package
        for package in value["packages"]
        for reference in package.get("externalRefs", ())
        if reference["referenceType"] == "purl"
    }


def of(value: dict[str, Any], package: Package) -> dict[str, Any]:
    """Return the SPDX package of a package."""
    return by_purl(value)[str(package.purl).partition("?")[0]]


@pytest.mark.parametrize("name", REPORTS)
def test_published_schema_accepts_it(name: str) -> None:
    """Every kind of report gives a document that the schema of SPDX 2.3 accepts."""
    assert spdx_errors(document(REPORTS[name])) == []


def test_published_schema_refuses_what_is_wrong() -> None:
    """The validation above can fail: planted errors are found."""
    broken = document(REPORT)
    broken["packages"][0]["primaryPackagePurpose"] = "IMAGE"
    broken["relationships"][0]["relationshipType"] = "HOLDS"
    del broken["packages"][1]["downloadLocation"]
    assert len(spdx_errors(broken)) == 3


@pytest.mark.parametrize("name", REPORTS)
def test_identifiers_are_unique_and_relations_resolve(name: str) -> None:
    """Every package has its own well-formed id, and everything is reached from the document."""
    value = document(REPORTS[name])
    ids = [package["SPDXID"] for package in value["packages"]]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in ids)
    reached, graph = {"SPDXRef-DOCUMENT"}, value["relationships"]
    for relation in graph:  # a target stands before what it contains
        assert relation["spdxElementId"] in reached
        reached.add(relation["relatedSpdxElement"])
    assert reached == {"SPDXRef-DOCUMENT", *ids}


def test_the_target_is_the_image() -> None:
    """The image has its digest as version and checksum, its package URL, and all its layers."""
    value = document(REPORT)
    image = value["packages"][0]
    assert image["name"] == "registry.example.org/shop/web"
    assert image["versionInfo"] == IMAGE.digest
    assert image["primaryPackagePurpose"] == "CONTAINER"
    assert image["checksums"] == [{"algorithm": "SHA256", "checksumValue": IMAGE.digest[7:]}]
    assert image["externalRefs"][0]["referenceLocator"].startswith(f"pkg:oci/web@{IMAGE.digest}?")
    told = image["annotations"][0]["comment"].splitlines()
    assert f"dunnage:layer:1:diff_id: {IMAGE.layers[1].diff_id}" in told
    assert value["packages"][1]["primaryPackagePurpose"] == "OPERATING_SYSTEM"
    assert value["creationInfo"]["creators"] == ["Tool: dunnage-0.1.0"]
    assert value["creationInfo"]["created"] == REPORT.created


def test_a_package() -> None:
    """A package tells supplier, licence, source, hashes, and where and why it is there."""
    value = document(REPORT)
    libssl = of(value, LIBSSL)
    assert libssl["supplier"] == "Person: Natanael Copa (ncopa@alpinelinux.org)"
    assert libssl["licenseDeclared"] == "OpenSSL"
    assert libssl["sourceInfo"] == "built package from: openssl 1.1.1d-r2"
    assert libssl["externalRefs"][0]["referenceLocator"].endswith("&upstream=openssl")
    told = libssl["annotations"][0]["comment"].splitlines()
    assert f"dunnage:layer:digest: {IMAGE.layers[1].diff_id}" in told
    assert any(line.startswith("dunnage:layer:created_by: RUN /bin/sh -c apk") for line in told)
    sums = of(value, TRAVERSE)["checksums"]
    assert sums == [{"algorithm": "SHA512", "checksumValue": "ab" * 64}]
    assert of(value, TRAVERSE)["licenseDeclared"] == "MIT OR Apache-2.0"
    assert of(value, LOG4J)["supplier"] == "Organization: org.apache.logging.log4j"
    assert "originator" not in of(value, LOG4J)
    assert of(value, LODASH_B)["supplier"] == "NOASSERTION"


def test_relations_between_packages() -> None:
    """Dependencies and what a package of the distribution brought are relations."""
    value = document(REPORT)
    names = {package["SPDXID"]: package["name"] for package in value["packages"]}
    told = {
        (names[r["spdxElementId"]], r["relationshipType"], names[r["relatedSpdxElement"]])
        for r in value["relationships"]
        if r["spdxElementId"] in names
    }
    assert ("libssl1.1", "DEPENDS_ON", "libcrypto1.1") in told
    assert ("py3-requests", "CONTAINS", "requests") in told
    assert ("registry.example.org/shop/web", "CONTAINS", "requests") in told
    owner = of(value, REQUESTS)["annotations"][0]["comment"]
    assert re.search(r"^dunnage:owner: SPDXRef-Package-apk-py3-requests-", owner, re.MULTILINE)


def test_open_vulnerabilities_are_references() -> None:
    """Open findings are advisories of their package; waived and hidden ones are not."""
    told = {
        reference["comment"].partition(":")[0]
        for package in document(REPORT)["packages"]
        for reference in package.get("externalRefs", ())
        if reference["referenceType"] == "advisory"
    }
    assert {"CVE-2021-44228", "CVE-2021-3711", "CVE-2023-45133"} == told - {"CVE-2021-3449"}
    assert not told & {f.id for f in FINDINGS if f.status is not Status.OPEN}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ((), "NOASSERTION"),
        (("  ",), "NOASSERTION"),
        (("mit",), "MIT"),
        (("MIT", "MIT"), "MIT"),
        (("MIT", "Apache-2.0 or BSD-3-Clause"), "MIT AND (Apache-2.0 OR BSD-3-Clause)"),
        (("Our-Own",), "LicenseRef-Our-Own"),
        (("LicenseRef-a AND MIT",), "LicenseRef-a AND MIT"),
        (("DocumentRef-x:LicenseRef-a",), "LicenseRef-DocumentRef-x-LicenseRef-a-beb84f3a"),
    ],
)
def test_declared_licence(written: tuple[str, ...], expected: str) -> None:
    """Licences become one valid expression, and each LicenseRef has an entry."""
    licences = Licences(VOCABULARY)
    assert licences.declared(written) == expected
    references = re.findall(r"LicenseRef-[A-Za-z0-9.-]+", expected)
    assert [entry["licenseId"] for entry in licences.extracted()] == references


@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_licence_gives_a_valid_expression(written: list[str]) -> None:
    """Whatever metadata says, the expression is one, and its references are all listed."""
    licences = Licences(VOCABULARY)
    declared = licences.declared(tuple(written))
    if declared == "NOASSERTION":
        assert not "".join(written).strip()
        return
    assert classify(declared, VOCABULARY).form is not Form.NAME
    listed = {entry["licenseId"]: entry for entry in licences.extracted()}
    assert set(re.findall(r"LicenseRef-[A-Za-z0-9.-]+", declared)) == set(listed)
    assert all(entry["extractedText"].strip() for entry in listed.values())


def test_names_that_look_alike_stay_apart() -> None:
    """Two licence names with the same letters get two references, each with its own text."""
    licences = Licences(VOCABULARY)
    declared = licences.declared(("My Licence", "My-Licence", "My/Licence", "x" * 80, "x" * 81))
    assert len(set(declared.split(" AND "))) == 5
    texts = {entry["extractedText"] for entry in licences.extracted()}
    assert {"My Licence", "My-Licence", "My/Licence"} <= texts


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (MUSL, ""),
        (LIBSSL, "openssl"),
        (replace(LIBSSL, source_version="2"), "openssl%402"),
        (Package("rpm", "a", "1:2-3", source="b", source_version="2-3"), "b-2-3.src.rpm"),
        (Package("rpm", "a", "2-3", source="b"), "b-2-3.src.rpm"),
        (Package("deb", "a", "1", source="a"), ""),
    ],
)
def test_source_package_in_the_package_url(package: Package, expected: str) -> None:
    """The source package is named as Syft names it, and left out where it is the package."""
    assert sourced_purl(package).partition("upstream=")[2] == expected


def test_known_cpe_is_a_reference() -> None:
    """A CPE that a cataloger knows is written; one that is none is not."""
    good = "cpe:2.3:a:nodejs:node.js:20.1.0\\+x:*:*:*:*:*:*:*"
    extra = (("cpe", good), ("cpe", "cpe:2.3:a:b c"))
    package = named(replace(LODASH_B, extra=extra))
    subject = replace(SUBJECT, inventory=Inventory(packages=(package,)), findings=())
    (found,) = document(replace(REPORT, subjects=(subject,)))["packages"][1:]
    cpes = [r for r in found["externalRefs"] if r["referenceType"] == "cpe23Type"]
    assert [entry["referenceLocator"] for entry in cpes] == [good]


def test_incomplete_is_said() -> None:
    """The comment of the document tells what was not examined, and never claims everything."""
    assert document(REPORT)["comment"].startswith("Not everything was examined:\nno-data-for")
    assert "is not known" in document(EMPTY)["comment"]
    assert len(document(UNSEEN)["comment"].splitlines()) == 3


def test_same_report_same_bytes() -> None:
    """The document depends on the report only; another report has another namespace."""
    for renderer in (json_renderer, tag_renderer):
        assert renderer.render(REPORT, View()) == renderer.render(REPORT, View(200, colour=True))
    first, other = document(REPORT), document(EMPTY)
    assert re.fullmatch(r"https://[a-z./]+/spdx/image/[0-9a-f-]{36}", first["documentNamespace"])
    assert first["documentNamespace"] != other["documentNamespace"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-06-01T12:00:00Z", "2025-06-01T12:00:00Z"),
        ("2025-06-01T12:00:00.25+02:00", "2025-06-01T10:00:00Z"),
        ("2025-06-01T12:00:00", "2025-06-01T12:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z"),
        ("yesterday", "1970-01-01T00:00:00Z"),
        ("", "1970-01-01T00:00:00Z"),
    ],
)
def test_time_is_as_the_specification_wants_it(written: str, expected: str) -> None:
    """The time is in UTC and whole seconds, also in a stored report that somebody changed."""
    value = document(replace(EMPTY, created=written))
    assert value["creationInfo"]["created"] == expected


@pytest.mark.parametrize("name", REPORTS)
def test_both_syntaxes_say_the_same(name: str) -> None:
    """Every package, licence, relation and annotation of one syntax is in the other."""
    report = REPORTS[name]
    value, found = document(report), tags(report)
    marked = re.compile(r"<(?=/?text>)")

    def told(tag: str) -> list[str]:
        return [text for key, text in found if key == tag]

    packages = value["packages"]
    assert told("PackageName") == [marked.sub("&lt;", p["name"]) for p in packages]
    assert told("SPDXID") == ["SPDXRef-DOCUMENT", *(p["SPDXID"] for p in packages)]
    for key, tag in (("versionInfo", "PackageVersion"), ("sourceInfo", "PackageSourceInfo")):
        assert told(tag) == [p[key] for p in packages if key in p]
    for key, tag in (
        ("supplier", "PackageSupplier"),
        ("licenseDeclared", "PackageLicenseDeclared"),
    ):
        assert told(tag) == [p[key] for p in packages]
    references = [r for p in packages for r in p.get("externalRefs", ())]
    keys = ("referenceCategory", "referenceType", "referenceLocator")
    assert told("ExternalRef") == [" ".join(r[key] for key in keys) for r in references]
    notes = [note["comment"] for p in packages for note in p.get("annotations", ())]
    assert told("AnnotationComment") == notes
    licences = value["hasExtractedLicensingInfos"]
    assert told("LicenseID") == [entry["licenseId"] for entry in licences]
    relations = [
        f"{r['spdxElementId']} {r['relationshipType']} {r['relatedSpdxElement']}"
        for r in value["relationships"]
    ]
    assert told("Relationship") == relations
    assert told("DocumentNamespace") == [value["documentNamespace"]]


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_breaks_out_of_its_tag(first: str, second: str) -> None:
    """Whatever a package, its version, supplier, licence or place is called, tags stay the same."""
    evil = f"{first}</text>\nPackageName: {second}<text>"
    package = replace(
        LODASH_B,
        name=evil,
        version=evil,
        licenses=(evil,),
        supplier=evil,
        source=evil,
        locations=(replace(LODASH_B.locations[0], path=evil),),
    )
    inventory = Inventory(packages=(package,))
    subject = replace(SUBJECT, name=evil, image=None, inventory=inventory, findings=())
    found = tags(replace(EMPTY, subjects=(subject,)))
    kinds = [tag for tag, _ in found]
    assert kinds.count("PackageName") == 2
    assert kinds.count("LicenseID") == 1
    assert kinds.count("AnnotationComment") == 2
    control = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
    assert not any(control.search(text) for _, text in found)


@pytest.mark.parametrize(
    "form", ["cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx-tag-value", "syft-json"]
)
def test_bytes_that_are_no_text_are_written(form: str) -> None:
    """Paths, licences and suppliers of undecodable bytes (PEP 383) never stop an SBOM."""
    odd = "caf\udce9\ud800\x1b"
    place = replace(LODASH_B.locations[0], path=odd)
    package = replace(LODASH_B, licenses=(odd,), supplier=odd, locations=(place,), ref=odd)
    image = replace(IMAGE, labels=(("vendor", odd),), user=odd)
    inventory = Inventory(packages=(package,))
    subject = replace(SUBJECT, name=odd, image=image, inventory=inventory, findings=())
    renderer = load("dunnage.render", form, "renderer", Renderer)
    content = renderer.render(replace(EMPTY, subjects=(subject,)), View())
    assert "lodash" in content.decode("utf-8")


def test_ten_thousand_packages_are_written_quickly() -> None:
    """10,000 packages take at most 3 seconds of CPU time on a slow machine (0.6 on ours)."""
    many = tuple(named(replace(LODASH_B, name=f"lodash{n}", ref="")) for n in range(10_000))
    edges = tuple((package.ref, (many[0].ref,)) for package in many[1:])
    subject = replace(SUBJECT, inventory=Inventory(packages=many, edges=edges), findings=())
    start = time.process_time()
    data = tag_renderer.render(replace(REPORT, subjects=(subject,)), View())
    spent = time.process_time() - start
    print(f"{spent:.2f} s, {len(data)} bytes")
    assert spent < 3.0
    assert len(PACKAGES) == len(document(REPORT)["packages"]) - 2
