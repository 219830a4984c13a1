"""CycloneDX documents are read back: our own without loss, others' as far as they speak."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.model.errors import InputError, LimitError
from dunnage.model.inventory import Inventory
from dunnage.model.limits import Limits
from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Report, Subject, View
from dunnage.parsers import cyclonedx
from dunnage.render.cyclonedx_json import renderer
from sample_image import ALPINE, CURL, IMAGE, INVENTORY, PACKAGES, at, named
from samples import EMPTY, REPORT, SEVERAL, SUBJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.model.image import Image

LIMITS = Limits()


def read(
    data: bytes, limits: Limits = LIMITS, distros: Mapping[str, Any] | None = None
) -> tuple[Inventory, Image | None, tuple[Problem, ...]]:
    """Read a document; the problems are those of the inventory and what else is told."""
    inventory, image, told = cyclonedx.read(data, limits, distros)
    assert all(problem.effect is Effect.NOTE for problem in told)
    return inventory, image, (*inventory.problems, *told)


def own(report: Report) -> bytes:
    """Return the document of a report."""
    return renderer.render(report, View())


def foreign(*components: object, **more: object) -> bytes:
    """Return a document of another tool."""
    document = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, **more}
    return json.dumps({**document, "components": components}).encode()


def one(component: dict[str, Any]) -> Package:
    """Return the only package of a document with one component, which has no problems."""
    inventory, _, problems = read(foreign(component), LIMITS, {})
    assert problems == ()
    assert len(inventory.packages) == 1
    return inventory.packages[0]


def held(package: Package) -> Package:
    """Return a package with what an SBOM can hold: no capabilities, normal licence brackets."""
    licenses = tuple(
        text[1:-1] if text.startswith("(") and text.endswith(")") else text
        for text in package.licenses
    )
    return replace(package, licenses=licenses, depends=(), provides=())


def test_round_trip() -> None:
    """Packages, edges, the system, the image and its layers come back as they were."""
    inventory, image, problems = read(own(REPORT), LIMITS)
    assert inventory.packages == tuple(held(package) for package in PACKAGES)
    assert inventory.edges == INVENTORY.edges
    assert inventory.system == ALPINE
    assert [(r.package.purl, r.removed_in) for r in inventory.removed] == [(CURL.purl, 1)]
    assert image == replace(IMAGE, entrypoint=(), cmd=(), env=(), history=())
    assert [(p.code, p.effect) for p in problems] == [("incomplete-sbom", Effect.NOTE)]
    assert read(own(EMPTY), LIMITS)[2] == ()


def test_round_trip_twice_changes_nothing() -> None:
    """Writing what was read gives the same components again."""
    inventory, image, _ = read(own(EMPTY), LIMITS)
    again = replace(EMPTY, subjects=(replace(EMPTY.subjects[0], inventory=inventory, image=image),))
    first, second = json.loads(own(EMPTY)), json.loads(own(again))
    assert first["components"] == second["components"]
    assert first["dependencies"] == second["dependencies"]
    assert first["metadata"]["component"] == second["metadata"]["component"] | {}


def test_what_was_unread_stays_unread() -> None:
    """A scan that could not read something makes an SBOM that is incomplete for ever."""
    broken = replace(INVENTORY, problems=(Problem("broken-layer", "it ends early", "layer 1"),))
    data = own(replace(REPORT, subjects=(replace(SUBJECT, inventory=broken),)))
    told = [p for p in read(data, LIMITS)[2] if p.effect is Effect.INCOMPLETE]
    assert [p.code for p in told] == ["incomplete-sbom-scan"]
    assert "it ends early (layer 1)" in told[0].message
    inventory, image, _ = read(data)
    again = own(replace(REPORT, subjects=(replace(SUBJECT, inventory=inventory, image=image),)))
    assert read(again)[0].problems == inventory.problems


def test_several_targets_are_read_as_one() -> None:
    """A document of several targets gives the packages of all, with a note."""
    inventory, _, problems = read(own(SEVERAL), LIMITS)
    assert len(inventory.packages) == 2 * len(PACKAGES)
    assert len({package.ref for package in inventory.packages}) == 2 * len(PACKAGES)
    assert "several-targets" in {problem.code for problem in problems}


_NAME = st.text(min_size=1, max_size=20).filter(
    lambda t: t == t.strip() and not set("/@?#\0") & set(t) and t not in {".", ".."}
)
_TEXT = st.text(max_size=20)


@st.composite
def packages(draw: st.DrawFn) -> Package:
    """Give any package a cataloger might find."""
    kind = draw(st.sampled_from(["apk", "deb", "rpm", "npm", "golang", "maven", "cargo", "gem"]))
    namespace = draw(_NAME).lower() if kind in {"apk", "deb", "rpm", "maven"} else ""
    name = draw(_NAME)
    name = name.lower() if kind in {"apk", "deb"} else name
    if kind in {"npm", "golang"} and draw(st.booleans()):
        name = f"@{draw(_NAME)}/{name}" if kind == "npm" else f"{draw(_NAME)}/{draw(_NAME)}/{name}"
    spots = st.builds(Location, _NAME, st.integers(-1, 5), st.just("sha256:x"), st.integers(0, 9))
    extra = draw(st.dictionaries(_NAME, st.text(min_size=1, max_size=9), max_size=2))
    found = Package(
        kind,
        name,
        draw(st.from_regex(r"([0-9]:)?[0-9][a-z0-9.+~-]{0,8}", fullmatch=True)),
        namespace=namespace,
        arch=draw(st.sampled_from(["", "amd64", "x86_64"])),
        source=draw(st.sampled_from(["", "openssl"])),
        licenses=tuple(draw(st.lists(_NAME, max_size=3))),
        supplier=draw(_TEXT),
        extra=tuple(sorted(extra.items())),
        found_by=draw(st.sampled_from(["", "dpkg"])),
        locations=tuple(draw(st.lists(spots, min_size=1, max_size=3))),
    )
    return named(found)


def spelled(package: Package) -> Package:
    """Return a package without what is deliberately rewritten."""
    places = tuple(
        replace(place, digest="") if place.layer < 0 and not n else place
        for n, place in enumerate(package.locations)
    )
    return replace(package, licenses=(), locations=places)


@settings(max_examples=150, deadline=None)
@given(packages())
def test_any_package_round_trips(package: Package) -> None:
    """Whatever a package is called, it comes back with the same package URL and facts."""
    report = Report((Subject("x", "dir", inventory=Inventory(packages=(package,))),), "", "d 1")
    (back,) = read(own(report), LIMITS)[0].packages
    assert spelled(back) == spelled(package)
    assert len(back.licenses) == len(package.licenses)


SYFT = [
    (
        {
            "bom-ref": "a",
            "type": "library",
            "name": "libssl3",
            "version": "3.1.4-r2",
            "purl": "pkg:apk/alpine/libssl3@3.1.4-r2?arch=x86_64&upstream=openssl&distro=alpine-3.19",
            "properties": [
                {"name": "syft:metadata:originPackage", "value": "openssl"},
                {"name": "syft:location:0:path", "value": "/lib/apk/db/installed"},
            ],
        },
        ("apk", "libssl3", "3.1.4-r2", "openssl", ""),
    ),
    (
        {"purl": "pkg:deb/debian/libgcc-s1@12.2.0-14?arch=amd64&upstream=gcc-12%4012.2&distro=x"},
        ("deb", "libgcc-s1", "12.2.0-14", "gcc-12", "12.2"),
    ),
    (
        {
            "name": "audit-libs",
            "version": "0:3.0.7-104.el9",
            "purl": "pkg:rpm/rocky/audit-libs@3.0.7-104.el9?epoch=1&upstream=audit-3.0.7-104.el9.src.rpm",
        },
        ("rpm", "audit-libs", "1:3.0.7-104.el9", "audit", "3.0.7-104.el9"),
    ),
    (
        {
            "purl": "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12.5",
            "properties": [
                {"name": "aquasecurity:trivy:SrcName", "value": "openssl"},
                {"name": "aquasecurity:trivy:SrcVersion", "value": "3.0.11"},
                {"name": "aquasecurity:trivy:SrcRelease", "value": "1~deb12u2"},
            ],
        },
        ("deb", "libssl3", "3.0.11-1~deb12u2", "openssl", "3.0.11-1~deb12u2"),
    ),
    (
        {"name": "traverse", "group": "@babel", "purl": "pkg:npm/%40babel/traverse@7.20.0"},
        ("npm", "@babel/traverse", "7.20.0", "", ""),
    ),
    (
        {"name": "Jinja2", "version": "2.10", "purl": "pkg:pypi/jinja2@2.10"},
        ("pypi", "Jinja2", "2.10", "", ""),
    ),
    (
        {"name": "golang.org/x/net", "purl": "pkg:golang/golang.org/x/net@v0.7.0"},
        ("golang", "golang.org/x/net", "v0.7.0", "", ""),
    ),
    (
        {"name": "a", "version": "1", "purl": "pkg:cargo/a"},
        ("cargo", "a", "1", "", ""),
    ),
]


@pytest.mark.parametrize(("component", "expected"), SYFT)
def test_packages_of_other_tools(
    component: dict[str, Any], expected: tuple[str, str, str, str, str]
) -> None:
    """Names, versions with epoch and source packages are found where Syft and Trivy put them."""
    found = one({"type": "library", **component})
    assert (found.type, found.name, found.version, found.source, found.source_version) == expected
    assert "upstream" not in dict(found.qualifiers)


@pytest.mark.parametrize(
    "system",
    [
        {
            "type": "operating-system",
            "name": "alpine",
            "version": "3.10.4",
            "properties": [{"name": "syft:distro:id", "value": "alpine"}],
        },
        None,
    ],
)
def test_distribution_of_other_tools(system: dict[str, Any] | None) -> None:
    """The release comes from the operating system component, else from the package URLs."""
    apk = {"type": "library", "purl": "pkg:apk/alpine/musl@1.1.22-r3?distro=alpine-3.10.4"}
    inventory, _, problems = read(foreign(apk, *([system] if system else [])), LIMITS)
    assert problems == ()
    assert inventory.system is not None
    assert inventory.system.id == "alpine"
    assert inventory.system.ecosystem == "Alpine:v3.10"


def test_unknown_distribution_is_kept_without_ecosystem() -> None:
    """A distribution nobody knows has no ecosystem, so its packages count as not examined."""
    system = {"type": "operating-system", "name": "Plan9", "version": "4"}
    found = read(foreign(system), LIMITS)[0].system
    assert found is not None
    assert (found.id, found.version, found.ecosystem) == ("plan9", "4", "")


def test_nested_components_and_edges() -> None:
    """Components inside components count, and edges join known packages only."""
    inner = {"type": "library", "bom-ref": "b", "name": "b", "purl": "pkg:npm/b@2"}
    outer = {"type": "application", "bom-ref": "a", "name": "a", "purl": "pkg:npm/a@1"}
    graph = [{"ref": "a", "dependsOn": ["b", "gone", 7]}, {"ref": "gone", "dependsOn": ["a"]}, 3]
    data = foreign({**outer, "components": [inner]}, dependencies=graph)
    inventory, _, problems = read(data, LIMITS)
    assert [p.name for p in inventory.packages] == ["a", "b"]
    assert inventory.edges == (("a", ("b",)),)
    assert problems == ()


def test_one_bad_component_never_loses_the_good_ones() -> None:
    """Wrong types and missing fields are problems of their own component."""
    good = {"type": "library", "bom-ref": "g", "name": "g", "purl": "pkg:npm/g@1"}
    bad: list[object] = [
        7,
        None,
        {"type": "library", "name": "no purl"},
        {"type": "library", "purl": 5},
        {"type": "library", "purl": "not a purl"},
        {"type": "library", "purl": "pkg:npm/" + "x" * 9000},
    ]
    odd = {**good, "bom-ref": 5, "licenses": "MIT", "hashes": [1, {"alg": []}], "properties": {}}
    inventory, _, problems = read(foreign(good, *bad, odd, good), LIMITS)
    assert [p.name for p in inventory.packages] == ["g", "g", "g"]
    assert len({p.ref for p in inventory.packages}) == 3
    assert len(problems) == len(bad)
    assert all(p.where.startswith("components[") for p in problems)
    assert all(p.effect is Effect.INCOMPLETE for p in problems)


def test_problems_and_packages_are_bounded() -> None:
    """Thousands of bad components give a bounded list of problems, and the rest is counted."""
    tight = replace(LIMITS, problems=3, packages=2)
    data = foreign(*([7] * 50))
    problems = read(data, tight)[2]
    assert [p.count for p in problems] == [1, 1, 1, 47]
    purls = [{"type": "library", "purl": f"pkg:npm/a@{n}"} for n in range(5)]
    inventory, _, problems = read(foreign(*purls), tight)
    assert len(inventory.packages) == 2
    assert [p.code for p in problems] == ["too-many-packages"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"a": 1}', "bomFormat"),
        (b"[]", "no CycloneDX"),
        (b"", "JSON"),
        (b"\x00\xff", "JSON"),
        (b'{"bomFormat": "CycloneDX", ', "JSON"),
    ],
)
def test_not_cyclonedx(data: bytes, says: str) -> None:
    """What is no CycloneDX JSON is refused."""
    with pytest.raises(InputError, match=says):
        read(data, LIMITS)


def test_depth_is_bounded() -> None:
    """Components nested beyond the limit are refused."""
    data = b'{"bomFormat": "CycloneDX", "components": ' + b'[{"components":' * 200 + b"[]"
    with pytest.raises(LimitError):
        read(data + b"}]" * 200 + b"}", LIMITS)


def test_layers_of_trivy() -> None:
    """Trivy's list of diff ids becomes layers, and its packages find their layer in it."""
    ids = [f"sha256:{n}" * 2 for n in range(3)]
    main = {
        "type": "container",
        "name": "alpine:3.19",
        "properties": [{"name": "aquasecurity:trivy:DiffID", "value": d} for d in ids],
    }
    package = {
        "type": "library",
        "purl": "pkg:cargo/a@1",
        "properties": [
            {"name": "aquasecurity:trivy:LayerDiffID", "value": ids[1]},
            {"name": "aquasecurity:trivy:FilePath", "value": "app/a"},
        ],
    }
    inventory, image, _ = read(foreign(package, metadata={"component": main}), LIMITS)
    assert image is not None
    assert [layer.diff_id for layer in image.layers] == ids
    assert inventory.packages[0].locations == (Location("app/a", 1, ids[1]),)
    assert at("x", 0).layer == 0
