"""Every SBOM format gives the same inventory, and what it cannot say is said."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.model.location import Location
from dunnage.model.problem import Effect
from dunnage.model.report import View
from dunnage.parsers import _bom, sbom
from dunnage.render.cyclonedx_json import renderer
from sample_image import ALPINE, IMAGE, PACKAGES
from samples import REPORT

if TYPE_CHECKING:
    from dunnage.model.package import Package
    from dunnage.parsers._bom import Read

LIMITS = Limits()
DATA = Path(__file__).resolve().parent.parent / "data" / "sbom"
DIFF_ID = "sha256:" + "a" * 64
SYFT = ("mini.cdx.json", "mini.cdx.xml", "mini.spdx.json", "mini.spdx", "mini.syft.json")


def read(document: object) -> Read:
    """Read a document; anything but bytes is written as JSON first."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return sbom.read(data, LIMITS)


def codes(found: Read) -> list[str]:
    """Return the codes of all problems."""
    return [problem.code for problem in (*found.inventory.problems, *found.problems)]


def known(package: Package) -> tuple[str, ...]:
    """Return what advisories are matched with."""
    source = package.source or package.name
    version = package.source_version or package.version
    return package.type, package.namespace, package.name, package.version, source, version


@pytest.mark.parametrize("name", SYFT)
def test_what_syft_writes_of_one_image(name: str) -> None:
    """Syft 1.18.1 wrote one small Alpine image in its five formats; all mean the same."""
    found = read((DATA / name).read_bytes())
    system = found.inventory.system
    assert system is not None
    assert (system.id, system.version, system.ecosystem) == ("alpine", "3.10.4", "Alpine:v3.10")
    assert sorted(map(known, found.inventory.packages)) == [
        ("apk", "alpine", "libssl1.1", "1.1.1d-r2", "openssl", "1.1.1d-r2"),
        ("apk", "alpine", "musl", "1.1.22-r3", "musl", "1.1.22-r3"),
        ("apk", "alpine", "py3-requests", "2.22.0-r0", "py3-requests", "2.22.0-r0"),
        ("npm", "", "lodash", "4.17.20", "lodash", "4.17.20"),
        ("pypi", "", "requests", "2.22.0", "requests", "2.22.0"),
    ]
    by_name = {package.name: package for package in found.inventory.packages}
    paths = {name: package.locations[0].path for name, package in by_name.items()}
    assert paths["musl"] == "lib/apk/db/installed"
    assert paths["lodash"] == "app/node_modules/lodash/package.json"
    assert all(p.locations[0].digest.startswith("sha256:") for p in by_name.values())
    needs = by_name["libssl1.1"].ref, (by_name["musl"].ref,)
    assert found.inventory.edges == (needs,)
    assert found.image is not None
    assert found.inventory.problems == ()


@pytest.mark.parametrize("name", SYFT)
def test_owners_are_known_or_it_is_said_that_they_are_not(name: str) -> None:
    """Syft says who installed a library in its JSON and in SPDX, but not in CycloneDX."""
    found = read((DATA / name).read_bytes())
    owners = {package.name: package.owner for package in found.inventory.packages}
    by_name = {package.name: package.ref for package in found.inventory.packages}
    told = "cdx" not in name
    assert owners["requests"] == (by_name["py3-requests"] if told else "")
    assert codes(found) == ([] if told else ["owners-unknown"])


def test_syft_json_knows_the_layers() -> None:
    """Layers, their history lines and the platform come from the configuration inside."""
    image = read((DATA / "mini.syft.json").read_bytes()).image
    assert image is not None
    assert image.config_digest.startswith("sha256:")
    (layer,) = image.layers
    assert layer.diff_id.startswith("sha256:")
    assert layer.created_by
    (package, *_) = read((DATA / "mini.syft.json").read_bytes()).inventory.packages
    assert package.locations[0].layer == 0


@pytest.mark.parametrize("format_name", ["cyclonedx_xml", "spdx_json", "spdx_tag_value"])
def test_our_own_formats_come_back(format_name: str) -> None:
    """What we write besides CycloneDX JSON has the same packages, owners, layers and system."""
    module = pytest.importorskip(f"dunnage.render.{format_name}")
    found = read(module.renderer.render(REPORT, View()))
    by_ref = {package.ref: str(package.purl) for package in PACKAGES}
    back = {package.ref: str(package.purl) for package in found.inventory.packages}
    expected = sorted(
        (str(p.purl), p.source, str(p.locations), by_ref.get(p.owner, ""), p.extra)
        for p in PACKAGES
    )
    assert expected == sorted(
        (str(p.purl), p.source, str(p.locations), back.get(p.owner, ""), p.extra)
        for p in found.inventory.packages
    )
    assert found.inventory.system == ALPINE
    assert len(found.inventory.removed) == 1
    assert found.image is not None
    assert found.image.reference == IMAGE.reference
    ids = [(layer.digest, layer.diff_id) for layer in IMAGE.layers]
    assert [(layer.digest, layer.diff_id) for layer in found.image.layers] == ids
    assert codes(found) == ["incomplete-sbom"]


ARTIFACT = {
    "id": "1",
    "name": "musl",
    "version": "1.1.22-r3",
    "type": "apk",
    "locations": [{"path": "lib/apk/db/installed", "layerID": DIFF_ID}],
    "purl": "pkg:apk/alpine/musl@1.1.22-r3?arch=x86_64",
    "metadata": {"originPackage": "musl"},
}


@pytest.mark.parametrize(
    ("version", "licences", "distro", "source"),
    [
        (
            "1.1.0",
            ["MIT"],
            {"name": "alpine", "version": "3.10.4", "idLike": ""},
            {"target": {"userInput": "alpine:3.10", "layers": [{"digest": DIFF_ID}]}},
        ),
        (
            "7.1.0",
            ["MIT"],
            {"id": "alpine", "versionID": "3.10.4", "prettyName": "Alpine Linux v3.10"},
            {"target": {"userInput": "alpine:3.10", "layers": [{"digest": DIFF_ID}]}},
        ),
        (
            "16.0.18",
            [{"value": "mit", "spdxExpression": "MIT", "type": "declared"}],
            {"id": "alpine", "versionID": "3.10.4"},
            {"metadata": {"userInput": "alpine:3.10", "layers": [{"digest": DIFF_ID}]}},
        ),
    ],
)
def test_syft_json_of_all_ages(
    version: str, licences: object, distro: object, source: dict[str, Any]
) -> None:
    """Schemas 1 to 16 put licences, distribution and source in different places."""
    artifact = {**ARTIFACT, "licenses": licences}
    document = {"artifacts": [artifact], "distro": distro, "source": {"type": "image", **source}}
    found = read({**document, "schema": {"version": version}})
    assert codes(found) == []
    (package,) = found.inventory.packages
    assert package.licenses == ("MIT",)
    assert package.locations == (Location("lib/apk/db/installed", 0, DIFF_ID),)
    assert found.inventory.system is not None
    assert found.inventory.system.ecosystem == "Alpine:v3.10"
    assert found.image is not None
    assert found.image.reference == "alpine:3.10"
    assert "unknown-sbom-version" in codes(read({**document, "schema": {"version": "99.0"}}))


@pytest.mark.parametrize("config", ["!", "AAAA", base64.b64encode(b'{"rootfs": 7}').decode()])
def test_a_broken_configuration_costs_only_itself(config: str) -> None:
    """Layers without their history lines are still layers."""
    target = {"userInput": "a", "config": config, "layers": [{"digest": DIFF_ID}]}
    document = {"artifacts": [ARTIFACT], "source": {"type": "image", "metadata": target}}
    image = read({**document, "schema": {"version": "16.0.0"}}).image
    assert image is not None
    assert [layer.diff_id for layer in image.layers] == [DIFF_ID]


def test_a_list_of_purls() -> None:
    """Comments and blank lines say nothing; a line that is no package URL is told by number."""
    found = read(
        b"\n# mine\npkg:npm/lodash@4.17.20  # old\r\n\tpkg:deb/debian/tar@1.34?distro=debian-12\n"
        b"nonsense\npkg:golang/a/b@v1#sub/path\n"
    )
    assert [p.name for p in found.inventory.packages] == ["tar", "a/b", "lodash"]
    assert found.inventory.system is not None
    assert found.inventory.system.ecosystem == "Debian:12"
    assert [(p.code, p.where) for p in found.inventory.problems] == [
        ("broken-sbom-component", "line 5")
    ]


def test_a_namespace_alone_names_no_release() -> None:
    """Of Debian nobody knows which, so the distribution is unknown and --distro is advised."""
    assert read(b"pkg:deb/debian/tar@1.34\n").inventory.system is None
    wolfi = read(b"pkg:apk/wolfi/tar@1.34\n").inventory.system
    assert wolfi is not None
    assert wolfi.ecosystem == "Wolfi"


def test_mixed_distributions_are_told() -> None:
    """One distribution counts for all, so packages of another make the report incomplete."""
    found = read(
        b"pkg:deb/debian/tar@1?distro=debian-12\npkg:deb/debian/sed@1?distro=debian-12\n"
        b"pkg:deb/ubuntu/tar@1?distro=ubuntu-22.04\npkg:deb/debian/awk@1?distro=bookworm\n"
    )
    (problem,) = found.inventory.problems
    assert problem.code == "several-distributions"
    assert problem.effect is Effect.INCOMPLETE
    assert "1 packages are of Ubuntu" in problem.message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_texts_of_windows_shells(encoding: str) -> None:
    """What a shell of Windows wrote into a file begins with a byte order mark."""
    json_text = (DATA / "mini.syft.json").read_text(encoding="utf-8")
    tag_text = (DATA / "mini.spdx").read_text(encoding="utf-8")
    for written in (json_text, tag_text, "pkg:npm/a@1\npkg:npm/b@1\n"):
        data = written.encode(encoding)
        assert sbom.looks_like(data[:65_536])
        assert len(read(data).inventory.packages) > 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"SchemaVersion": 2, "ArtifactName": "x"}', "Trivy"),
        (b'{"matches": [], "source": {}}', "Grype"),
        (b'{"@context": "x", "@graph": []}', "SPDX 3"),
        (b'{"schemaVersion": 2, "layers": []}', "manifest"),
        (b'{"payloadType": "x", "payload": ""}', "attestation"),
        (b'{"_type": "x", "predicateType": "y"}', "in-toto"),
        (b'{"schema": "dunnage-report-1"}', "Dunnage report"),
        (b'{"a": 1}', "no bomFormat"),
        (b"{", "not JSON"),
        (b"[]", "a text of another kind"),
        (b"", "empty"),
        (b"\x1f\x8b", "gzip"),
        (b"<a/>", "the root is 'a'"),
        (b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "RDF/XML"),
        (b"SPDXID: x\nspdxVersion: SPDX-2.3\n", "YAML"),
    ],
)
def test_what_is_no_sbom_is_named(data: bytes, says: str) -> None:
    """The error says what it seems to be, and what would be read."""
    with pytest.raises(InputError, match=says):
        read(data)


def test_epochs_and_streams_in_qualifiers() -> None:
    """Trivy keeps the epoch of deb packages and module streams in qualifiers."""
    found = read(
        b"pkg:deb/debian/bsdutils@2.38.1-5?epoch=1&distro=debian-12\n"
        b"pkg:rpm/redhat/nodejs@18-1.module?epoch=1&modularitylabel=nodejs:18&distro=redhat-8\n"
    )
    deb, rpm = found.inventory.packages
    assert (deb.version, rpm.version) == ("1:2.38.1-5", "1:18-1.module")
    assert dict(rpm.extra) == {"modularity": "nodejs:18"}


def test_limits_hold_in_all_formats() -> None:
    """The number of packages is bounded wherever they come from."""
    tight = replace(LIMITS, packages=2)
    for name in SYFT:
        found = sbom.read((DATA / name).read_bytes(), tight)
        assert len(found.inventory.packages) <= 2
        assert "too-many-packages" in codes(found)


def test_broken_components_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of nothing but broken lines is not read to its end."""
    monkeypatch.setattr(_bom, "SEEN", 10)
    found = sbom.read(b"pkg:npm/a@1\n" + b"pkg:npm\n" * 20 + b"pkg:npm/b@1\n", LIMITS)
    assert [package.name for package in found.inventory.packages] == ["a"]
    assert "too-many-packages" in codes(found)


def test_xml_and_json_are_one_format() -> None:
    """Our JSON and our XML of one report give the same inventory and the same image."""
    module = pytest.importorskip("dunnage.render.cyclonedx_xml")
    assert read(module.renderer.render(REPORT, View())).inventory == (
        read(renderer.render(REPORT, View())).inventory
    )
