"""Installed Python and Node packages are listed; other files of the same names are not."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from dunnage.catalogers import node_package, python_package
from dunnage.model.errors import InputError
from programs import archive, examine, listed
from support import data_root

if TYPE_CHECKING:
    from dunnage.model.package import Package

METADATA = b"Metadata-Version: 2.1\nName: Thing\nVersion: 1.0\nRequires-Dist: other>1\n\nText"
SITE = "usr/lib/python3/dist-packages"


def _tree(name: str) -> list[tuple[str, Package]]:
    """Return path and package of everything both catalogers find in one archive of the data."""
    found = []
    with tarfile.open(data_root() / "images" / name) as tar:
        for entry in tar:
            path = entry.name.removeprefix("./")
            base = path.rpartition("/")[2]
            for module in (python_package, node_package):
                known = module.cataloger
                wanted = base in known.names or base.endswith(known.suffixes or ("\0",))
                stream = tar.extractfile(entry) if wanted and entry.isfile() else None
                if stream is not None:
                    fact = examine(known.parse, path, stream.read())
                    found += [(path, package) for package in fact.packages]
    return found


def test_real_application() -> None:
    """The vulnerable demo application holds 87 npm and 15 PyPI packages, with licences."""
    packages = [package for _, package in _tree("lang/python-npm-vulnerable-app.tar.gz")]
    types = [package.type for package in packages]
    assert (types.count("npm"), types.count("pypi")) == (87, 15)
    django = next(package for package in packages if package.name == "Django")
    assert (django.version, django.licenses, django.depends) == (
        "2.2",
        ("BSD",),
        ("pytz", "sqlparse"),
    )
    assert str(django.purl) == "pkg:pypi/django@2.2"
    express = next(package for package in packages if package.name == "express")
    assert (express.version, express.licenses) == ("4.16.0", ("MIT",))
    assert "body-parser" in express.depends


def test_real_debian() -> None:
    """Debian's nodejs directories hold 1590 packages.

    Syft 1.18.1 lists 1592 with a version: these, ``bin`` (a helper file inside terser) and the
    copy of readdirp in ``usr/share/doc``; besides, five directory markers without version.
    """
    found = _tree("dpkg/debian-bookworm-devtools-slice.tar.gz")
    types = [package.type for _, package in found]
    assert (types.count("npm"), types.count("pypi")) == (1590, 5)
    assert not [path for path, _ in found if path.startswith("usr/share/doc/")]


@pytest.mark.parametrize(
    "path",
    [
        f"{SITE}/Thing-1.0.dist-info/METADATA",
        f"{SITE}/Thing.egg-info/PKG-INFO",
        f"{SITE}/Thing-1.0-py3.11.egg-info",
        f"{SITE}/Thing-1.0-py3.11.egg/EGG-INFO/PKG-INFO",
    ],
)
def test_python_places(path: str) -> None:
    """All places where installers leave metadata are read."""
    fact = examine(python_package.parse, path, METADATA)
    assert listed(fact) == {("Thing", "1.0")}
    assert fact.packages[0].depends == ("other",)


@pytest.mark.parametrize(
    "path", ["usr/share/fonts/METADATA", "src/thing-1.0/PKG-INFO", "METADATA", "PKG-INFO"]
)
def test_python_elsewhere(path: str) -> None:
    """Files of these names in other directories are something else."""
    assert examine(python_package.parse, path, METADATA).packages == ()


def test_zipped_egg() -> None:
    """A zipped egg is read like an unpacked one; one without metadata is told by its name."""
    data = archive({"EGG-INFO/PKG-INFO": METADATA, "thing.py": b""})
    assert listed(examine(python_package.parse, f"{SITE}/x.egg", data)) == {("Thing", "1.0")}
    data = archive({"thing.py": b""})
    fact = examine(python_package.parse, f"{SITE}/thing-2.0-py3.11.egg", data)
    assert listed(fact) == {("thing", "2.0")}


def test_long_licence_in_metadata() -> None:
    """A licence text of hundreds of kilobytes hides neither name nor version behind it."""
    data = b"License: a\n" + b"        text\n" * 20_000 + b"Name: late\nVersion: 3\n\n"
    fact = examine(python_package.parse, f"{SITE}/late-3.dist-info/METADATA", data)
    assert listed(fact) == {("late", "3")}


def test_python_without_name() -> None:
    """Empty metadata is told by its directory, else it is a problem and never silence."""
    fact = examine(python_package.parse, f"{SITE}/thing-1.2.dist-info/METADATA", b"")
    assert listed(fact) == {("thing", "1.2")}
    with pytest.raises(InputError):
        examine(python_package.parse, f"{SITE}/thing.dist-info/METADATA", b"")


def _node(path: str, **fields: object) -> set[tuple[str, str]]:
    return listed(examine(node_package.parse, path, json.dumps(fields).encode()))


@pytest.mark.parametrize(
    "path",
    [
        "app/node_modules/thing/package.json",
        "app/node_modules/@scope/thing/package.json",
        "app/node_modules/.pnpm/thing@1.0.0/node_modules/thing/package.json",
        "app/node_modules/alias/package.json",
        "usr/share/nodejs/thing/package.json",
        "usr/share/nodejs/@scope/thing/package.json",
        "usr/lib/x86_64-linux-gnu/nodejs/thing/package.json",
        "opt/thing-v1.0.0/package.json",
        "usr/share/thing/package.json",
    ],
)
def test_node_installed(path: str) -> None:
    """A package.json directly in an installed package's directory is a package."""
    assert _node(path, name="thing", version="1.0.0") == {("thing", "1.0.0")}


@pytest.mark.parametrize(
    "path",
    [
        "package.json",
        "app/package.json",
        "app/node_modules/package.json",
        "app/node_modules/@scope/package.json",
        "app/node_modules/thing/test/package.json",
        "app/node_modules/thing/thing-1.0.0/package.json",
        "app/node_modules/@scope/thing/dist/esm/package.json",
        "usr/share/nodejs/thing/bin/package.json",
        "usr/share/doc/node-thing/package.json",
        "home/user/nodejs/thing/package.json",
        "usr/share/other/package.json",
    ],
)
def test_node_elsewhere(path: str) -> None:
    """Fixtures, markers, documentation and the application itself are not installed packages."""
    assert _node(path, name="thing", version="1.0.0") == set()


def test_node_without_name_or_version() -> None:
    """Without name or version it is not a package, and not an error either."""
    path = "app/node_modules/thing/package.json"
    assert _node(path, type="module") == set()
    assert _node(path, name="thing") == set()
    assert _node(path, version="1.0.0") == set()


def test_node_broken() -> None:
    """A broken package.json is a problem where a package should be, and ignored elsewhere."""
    with pytest.raises(InputError):
        examine(node_package.parse, "app/node_modules/thing/package.json", b"{")
    assert examine(node_package.parse, "opt/thing-1/package.json", b"{").packages == ()
