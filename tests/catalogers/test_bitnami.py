"""Components of Bitnami's images are listed once, by whichever list says most."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from dunnage.catalogers import bitnami_component
from dunnage.indexing.router import Router
from dunnage.model.errors import InputError
from programs import examine, listed

COMPONENTS = "opt/bitnami/.bitnami_components.json"
SPDX = "opt/bitnami/postgresql/.spdx-postgresql.spdx"
LISTED = {
    "gosu": {"arch": "amd64", "digest": "16f1", "distro": "debian-12", "version": "1.14.0-1"},
    "postgresql": {"arch": "amd64", "distro": "debian-12", "type": "NAMI", "version": "17.2.0-8"},
}


def _package(name: str, version: str, purl: str, licence: str = "MIT") -> dict[str, Any]:
    cpe = {"referenceType": "cpe23Type", "referenceLocator": f"cpe:2.3:*:x:{name}:{version}"}
    reference = {"referenceType": "purl", "referenceLocator": purl}
    return {
        "SPDXID": f"SPDXRef-{name}",
        "name": name,
        "versionInfo": version,
        "licenseDeclared": licence,
        "externalRefs": [cpe, reference],
    }


DOCUMENT = {
    "spdxVersion": "SPDX-2.3",
    "documentDescribes": ["SPDXRef-postgresql"],
    "packages": [
        _package(
            "postgresql",
            "17.2.0-8",
            "pkg:bitnami/postgresql@17.2.0-8?arch=amd64&distro=debian-12",
            "PostgreSQL",
        ),
        _package("geos", "3.13.0", "pkg:bitnami/geos@3.13.0?arch=amd64", "NOASSERTION"),
        _package("org.postgresql:pljava", "1.6.8", "pkg:maven/org.postgresql/pljava@1.6.8"),
    ],
}


def _bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def test_components() -> None:
    """The older list gives every component with architecture and distribution."""
    gosu, postgresql = examine(bitnami_component.parse, COMPONENTS, _bytes(LISTED)).packages
    assert str(gosu.purl) == "pkg:bitnami/gosu@1.14.0-1?arch=amd64&distro=debian-12"
    assert str(postgresql.purl) == "pkg:bitnami/postgresql@17.2.0-8?arch=amd64&distro=debian-12"


def test_spdx() -> None:
    """An SPDX document gives the component and what is built into it, and licences.

    Packages of other types (jars) lie in the image and are found there.
    """
    postgresql, geos = examine(bitnami_component.parse, SPDX, _bytes(DOCUMENT)).packages
    assert str(postgresql.purl) == "pkg:bitnami/postgresql@17.2.0-8?arch=amd64&distro=debian-12"
    assert (postgresql.licenses, postgresql.depends) == (("PostgreSQL",), ("geos",))
    assert str(geos.purl) == "pkg:bitnami/geos@3.13.0?arch=amd64"
    assert (geos.licenses, geos.depends) == ((), ())


def test_both() -> None:
    """What has an SPDX document is left out of the list; the rest of the list stays."""
    facts = [
        replace(examine(bitnami_component.parse, path, _bytes(document)), path=path)
        for path, document in ((COMPONENTS, LISTED), (SPDX, DOCUMENT))
    ]
    joined = list(bitnami_component.assemble(facts))
    assert listed(joined[0]) == {("gosu", "1.14.0-1")}
    assert joined[1] == facts[1]


def test_broken_entries() -> None:
    """Broken entries are problems; the others count."""
    fact = examine(bitnami_component.parse, COMPONENTS, _bytes({**LISTED, "x": 1, "y": {}}))
    assert (len(fact.packages), len(fact.problems)) == (2, 2)
    broken = [_package("x", "", "pkg:bitnami/x"), _package("y", "1", "pkg:bitnami/%00@1")]
    document = {**DOCUMENT, "packages": [*DOCUMENT["packages"], *broken]}
    fact = examine(bitnami_component.parse, SPDX, _bytes(document))
    assert (len(fact.packages), len(fact.problems)) == (2, 2)


@pytest.mark.parametrize("path", [COMPONENTS, SPDX])
@pytest.mark.parametrize("data", [b"", b"[]", b"SPDXVersion: SPDX-2.3\n", b"1"])
def test_something_else(path: str, data: bytes) -> None:
    """A file that is neither is a problem and never silence."""
    with pytest.raises(InputError):
        examine(bitnami_component.parse, path, data)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (COMPONENTS, True),
        (SPDX, True),
        ("opt/bitnami/.spdx-redis.spdx", True),
        ("usr/share/doc/kernel.spdx", False),
        ("home/.bitnami_components.json", False),
    ],
)
def test_places(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table of cases
    """Other SPDX documents of an image are not taken for Bitnami's."""
    router = Router({"bitnami-component": bitnami_component.cataloger})
    assert bool(router.by_name(path)) is wanted
