"""Language runtimes are matched with the advisories of whoever writes about their releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dunnage.advisories._candidates import Lookup, lookup_of
from dunnage.advisories._names import facts
from dunnage.advisories.match import ecosystems_of
from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger
from dunnage.model.inventory import Inventory
from dunnage.model.package import Package
from dunnage.versions._registry import ordering_for_ecosystem
from support import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator


def _generic(name: str, version: str) -> Package:
    namespace, _, bare = name.rpartition("/")
    return Package("generic", bare, version, namespace=namespace)


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("node", "20.1.0", ("Bitnami", "node", "20.1.0")),
        ("php-fpm", "8.2.1", ("Bitnami", "php", "8.2.1")),
        ("oracle/openjdk", "17.0.9+9-LTS", ("Bitnami", "java", "17.0.9+9-LTS")),
        ("azul/zulu", "1.8.0_392-b08", ("Bitnami", "java", "8.0.392")),
        ("oracle/jre", "1.8.0", ("Bitnami", "java", "8.0.0")),
        ("oracle/jdk", "1.7.0_05", ("Bitnami", "java", "7.0.5")),
        ("python", "1.8.0_392", ("Bitnami", "python", "1.8.0_392")),
        ("somebody/python", "3", ("", "python", "3")),
        ("unheard-of", "1", ("", "unheard-of", "1")),
    ],
)
def test_lookup(name: str, version: str, expected: tuple[str, str, str]) -> None:
    """Runtimes are looked up by their publisher's name; nothing else is taken for one."""
    assert lookup_of(_generic(name, version), None) == Lookup(*expected)


def test_ecosystems_of_runtimes() -> None:
    """One unknown program does not hide that another one has advisories."""
    packages = (_generic("node", "1"), _generic("unheard-of", "1"))
    for order in (packages, packages[::-1]):
        assert ecosystems_of(Inventory(packages=order)) == ("Bitnami",)


@pytest.mark.parametrize(
    "version",
    ["8.0.392", "17.0.9+9-LTS", "11.0.20.1+1", "22-ea+15", "21.0.1+12-jvmci-23.1-b15", "3.13.0rc1"],
)
def test_versions_of_runtimes_can_be_compared(version: str) -> None:
    """The forms in which runtimes write their versions are understood."""
    ordering = ordering_for_ecosystem("Bitnami")
    assert ordering is not None
    assert ordering.key("1.0") < ordering.key(version) < ordering.key("999")


def _names() -> Iterator[str]:
    """Give the names the runtimes' catalogers use, out of the table that must know them."""
    generic = facts("Bitnami")["generic"]
    assert isinstance(generic, dict)
    yield from (str(name) for name in generic.values())


def test_advisories_speak_of_all_of_them() -> None:
    """Every name in the table is one that Bitnami's published advisories use."""
    from zipfile import ZipFile

    wanted = set(_names())
    with ZipFile(data_root() / "osv/Bitnami/all.zip") as archive:
        listed = archive.namelist()
        found = {name for name in wanted if any(f"BIT-{name}-" in entry for entry in listed)}
    assert found == wanted


def test_every_type_of_a_cataloger_has_an_ecosystem() -> None:
    """Only packages of systems, and of conda, belong to no ecosystem of their own."""
    types = {
        kind
        for cataloger in load_all("dunnage.catalogers", "cataloger", Cataloger).values()
        for kind in cataloger.types
        if not cataloger.system
    }
    without = {kind for kind in types if not lookup_of(Package(kind, "node", "1"), None).ecosystem}
    assert without == {"conda"}
