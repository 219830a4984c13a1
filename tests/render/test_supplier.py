"""Who supplies a package or an image, as SPDX and CycloneDX documents say it."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import astuple, replace

from dunnage.io.folder import load
from dunnage.model.package import Package
from dunnage.model.renderer import Renderer
from dunnage.model.report import View
from dunnage.render._sbom_package import Supplier, image_supplier, supplier
from sample_image import IMAGE
from samples import REPORT, SUBJECT

BARE = Package("npm", "a", "1")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"org.opencontainers.image.vendor": "Acme (UK)"}, "Organization: Acme [UK]"),
        ({"maintainer": "Jo Doe <jo@example.org>"}, "Person: Jo Doe (jo@example.org)"),
        ({"org.opencontainers.image.authors": "the shop team"}, "Organization: the shop team"),
        ({"vendor": "\n"}, "NOASSERTION"),
        ({}, "NOASSERTION"),
    ],
)
def test_supplier_of_the_image(labels: dict[str, str], expected: str) -> None:
    """Who supplies an image is what its labels say."""
    image = replace(IMAGE, labels=tuple(sorted(labels.items())))
    report = replace(REPORT, subjects=(replace(SUBJECT, image=image, source="oci-dir"),))
    renderer = load("dunnage.render", "spdx-json", "renderer", Renderer)
    value = json.loads(renderer.render(report, View()))
    assert value["packages"][0]["supplier"] == expected


@pytest.mark.parametrize(
    ("reference", "holder"),
    [
        ("alpine:3.20", "docker.io/library"),
        ("shop/web@sha256:ab", "docker.io/shop"),
        ("r.example:5000/team/a/web:1", "r.example:5000/team/a"),
    ],
)
def test_supplier_of_an_image_of_a_registry(reference: str, holder: str) -> None:
    """Without labels it is whoever may publish under its name in the registry it came from."""
    image = replace(IMAGE, reference=reference, labels=())
    told = image_supplier(image, replace(SUBJECT, source="registry"))
    assert told == Supplier(holder, organization=True)


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (replace(BARE, supplier="A B <a@b.example>"), ("A B", "a@b.example", False)),
        (replace(BARE, supplier="Acme Inc."), ("Acme Inc.", "", True)),
        (replace(BARE, supplier="X <https://x>"), ("X <https://x>", "", False)),
        (replace(BARE, type="rpm", supplier="AlmaLinux"), ("AlmaLinux", "", True)),
        (replace(BARE, type="rpm"), ("Alpine Linux v3.10", "", True)),
        (replace(BARE, supplier="\x07\n"), None),
        (BARE, None),
        (replace(BARE, type="npm", name="@babel/core"), ("@babel", "", True)),
        (replace(BARE, type="npm", name="lodash"), None),
        (replace(BARE, type="golang", name="github.com/a/b/v2"), ("github.com/a", "", True)),
        (replace(BARE, type="golang", name="stdlib"), ("The Go Authors", "", True)),
        (replace(BARE, type="composer", name="symfony/yaml"), ("symfony", "", True)),
        (replace(BARE, type="cargo", name="serde"), ("crates.io", "", True)),
        (replace(BARE, type="cargo", name="own", extra=(("source", "local"),)), None),
    ],
)
def test_supplier_of_a_package(package: Package, expected: tuple[str, str, bool] | None) -> None:
    """Persons and organizations are told apart; unnamed, it is who holds the published name."""
    found = supplier(package, SUBJECT)
    assert (found and astuple(found)) == expected


def test_supplier_of_what_the_distribution_brought() -> None:
    """A library that nobody is named for came from who supplied the system package it is in."""
    owner = replace(BARE, type="deb", supplier="Debian JS Team <js@debian.example>")
    told = supplier(replace(BARE, type="npm", name="assert"), SUBJECT, owner)
    assert told == Supplier("Debian JS Team", "js@debian.example", organization=True)
