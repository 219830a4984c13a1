"""Packages of Composer, .NET and conda are listed as their installers recorded them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from dunnage.catalogers import composer_package, conda_package, dotnet_deps
from dunnage.indexing.graph import edges
from dunnage.indexing.router import Router
from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.model.location import Location
from programs import examine, listed

if TYPE_CHECKING:
    from dunnage.model.package import Package

INSTALLED = "var/www/vendor/composer/installed.json"
SYMFONY: dict[str, Any] = {
    "name": "symfony/console",
    "version": "v5.4.0",
    "version_normalized": "5.4.0.0",
    "require": {"php": ">=7.2.5", "ext-mbstring": "*", "symfony/string": "^5.1|^6.0"},
    "license": ["MIT"],
    "authors": [{"name": "Fabien Potencier", "email": "fabien@example.org"}],
}
PSR = {"name": "Psr/Log", "version": "1.1.4", "license": "MIT"}

RUNTIME = "Microsoft.NETCore.App.Runtime.linux-x64"
ASSETS = {"runtime": {"lib/net8.0/a.dll": {"assemblyVersion": "1.0.0.0"}}}
WEB: dict[str, Any] = {
    "runtimeTarget": {"name": ".NETCoreApp,Version=v8.0/linux-x64", "signature": ""},
    "compilationOptions": {},
    "targets": {
        ".NETCoreApp,Version=v8.0": {},
        ".NETCoreApp,Version=v8.0/linux-x64": {
            "Web/1.0.0": {
                "dependencies": {
                    "Newtonsoft.Json": "12.0.3",
                    f"runtimepack.{RUNTIME}": "8.0.1",
                    "System.Net.Http": "4.3.0",
                },
                "runtime": {"Web.dll": {}},
            },
            "Newtonsoft.Json/12.0.3": ASSETS,
            "System.Net.Http/4.3.0": {"dependencies": {"Microsoft.NETCore.Platforms": "1.1.0"}},
            "Microsoft.NETCore.Platforms/1.1.0": {},
            f"runtimepack.{RUNTIME}/8.0.1": {"native": {"libclrjit.so": {}}},
            "Some.Reference/1.0.0.0": ASSETS,
        },
    },
    "libraries": {
        "Web/1.0.0": {"type": "project", "serviceable": False, "sha512": ""},
        "Newtonsoft.Json/12.0.3": {"type": "package", "serviceable": True},
        "System.Net.Http/4.3.0": {"type": "package"},
        "Microsoft.NETCore.Platforms/1.1.0": {"type": "package"},
        f"runtimepack.{RUNTIME}/8.0.1": {"type": "runtimepack"},
        "Some.Reference/1.0.0.0": {"type": "reference"},
        "Unmentioned/3.1.0-rc.1": {"type": "Package"},
    },
}

CURL: dict[str, Any] = {
    "name": "libcurl",
    "version": "8.5.0",
    "build": "hca28451_0",
    "channel": "https://user:secret@conda.example/t/to-ken/conda-forge/linux-64",
    "subdir": "linux-64",
    "fn": "libcurl-8.5.0-hca28451_0.conda",
    "license": "curl",
    "depends": ["krb5 >=1.21.2,<1.22.0a0", "conda-forge::zlib", "openssl>=3", "__glibc >=2.17"],
    "md5": "0" * 32,
    "sha256": "no digest",
}
META = "opt/conda/conda-meta/libcurl-8.5.0-hca28451_0.json"


def _linked(path: str, *packages: Package) -> dict[str, tuple[str, ...]]:
    """Return what depends on what, by name."""
    placed = [
        replace(package, ref=package.name, locations=(Location(path),)) for package in packages
    ]
    return dict(edges(placed))


def _bytes(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("document", [[SYMFONY, PSR], {"packages": [SYMFONY, PSR], "dev": True}])
def test_composer_of_both_versions(document: object) -> None:
    """Composer 1 wrote a list, Composer 2 writes an object; the platform is no dependency."""
    symfony, psr = examine(composer_package.parse, INSTALLED, _bytes(document)).packages
    assert str(symfony.purl) == "pkg:composer/symfony/console@v5.4.0"
    assert str(psr.purl) == "pkg:composer/psr/log@1.1.4"
    assert (symfony.licenses, psr.licenses) == (("MIT",), ("MIT",))
    assert (symfony.depends, symfony.supplier) == (("symfony/string",), "Fabien Potencier")


def test_composer_keeps_the_good_ones() -> None:
    """A broken entry is a problem, and its neighbours are listed."""
    broken = [SYMFONY, 1, {}, {"name": "a/b"}, {"name": ["x"], "version": {}}, PSR]
    fact = examine(composer_package.parse, INSTALLED, _bytes(broken))
    assert listed(fact) == {("symfony/console", "v5.4.0"), ("Psr/Log", "1.1.4")}
    assert [problem.code for problem in fact.problems] == ["broken-package-record"] * 4


def test_composer_is_bounded() -> None:
    """More packages than are read become one problem, a larger file is refused."""
    data = _bytes([SYMFONY] * 20)
    fact = examine(composer_package.parse, INSTALLED, data, Limits(packages=5))
    assert len(fact.packages) == 5
    assert [problem.code for problem in fact.problems] == ["too-many-packages"]
    with pytest.raises(LimitError):
        examine(composer_package.parse, INSTALLED, data, Limits(text_bytes=100))


@pytest.mark.parametrize("data", [b"", b"{}", b"1", b'{"packages": {}}', b"[" * 300])
def test_composer_of_something_else(data: bytes) -> None:
    """A file that lists no packages is a problem and never silence."""
    with pytest.raises(InputError):
        examine(composer_package.parse, INSTALLED, data)


def test_dotnet() -> None:
    """Packages that bring files and runtime packs are listed; the program has no version.

    What only refers to other packages, or brings nothing, is not there at run time.
    """
    fact = examine(dotnet_deps.parse, "app/Web.deps.json", _bytes(WEB))
    assert listed(fact) == {
        ("Web", ""),
        ("Newtonsoft.Json", "12.0.3"),
        (RUNTIME, "8.0.1"),
        ("Unmentioned", "3.1.0-rc.1"),
    }
    web = fact.packages[0]
    assert web.extra == (("project", "true"),)
    assert web.depends == (RUNTIME, "Newtonsoft.Json", "System.Net.Http")
    assert str(fact.packages[1].purl) == "pkg:nuget/Newtonsoft.Json@12.0.3"


def test_what_depends_on_what() -> None:
    """Dependencies lead to packages of the same list, or of the same directory of records."""
    path = "app/Web.deps.json"
    found = examine(dotnet_deps.parse, path, _bytes(WEB)).packages
    assert _linked(path, *found) == {"Web": (RUNTIME, "Newtonsoft.Json")}
    needed = {**PSR, "name": "symfony/string"}
    found = examine(composer_package.parse, INSTALLED, _bytes([SYMFONY, needed])).packages
    assert _linked(INSTALLED, *found) == {"symfony/console": ("symfony/string",)}
    (curl,) = examine(conda_package.parse, META, _bytes(CURL)).packages
    krb5 = replace(curl, name="krb5", depends=())
    assert _linked(META, curl, krb5) == {"libcurl": ("krb5",)}


def test_dotnet_without_target() -> None:
    """Where nothing says what a package brings, it is listed."""
    document = {"libraries": WEB["libraries"]}
    fact = examine(dotnet_deps.parse, "app/Web.deps.json", _bytes(document))
    assert ("System.Net.Http", "4.3.0") in listed(fact)
    document = {"runtimeTarget": "elsewhere", "targets": {"x": []}, **document}
    fact = examine(dotnet_deps.parse, "app/Web.deps.json", _bytes(document))
    assert ("System.Net.Http", "4.3.0") in listed(fact)


@pytest.mark.parametrize(
    "name", ["Web.deps.json", "a.b.deps.json", "Web.runtimeconfig.json", "deps.json", "xdeps.json"]
)
def test_dotnet_names(name: str) -> None:
    """Only files that end in ``.deps.json`` are wanted, and no other JSON."""
    router = Router({"dotnet-deps": dotnet_deps.cataloger})
    assert bool(router.by_name(f"app/{name}")) is name.endswith(".deps.json")


@pytest.mark.parametrize(
    "document", [{}, [], {"libraries": []}, {"libraries": None}, "x"], ids=repr
)
def test_dotnet_of_something_else(document: object) -> None:
    """A file without libraries is a problem and never silence."""
    with pytest.raises(InputError):
        examine(dotnet_deps.parse, "app/Web.deps.json", _bytes(document))


def test_dotnet_broken_entries() -> None:
    """Entries without version or with absurd names are problems; the others count."""
    libraries = {"a": {"type": "package"}, "/1": {"type": "package"}, "b/1": {"type": "package"}}
    odd = {"c/1": {"type": ["package"]}, "d/1": None, "e/2\n3": {"type": "package"}}
    document = {"libraries": {**libraries, **odd}}
    fact = examine(dotnet_deps.parse, "app/Web.deps.json", _bytes(document))
    assert listed(fact) == {("b", "1")}
    assert len(fact.problems) == 3


def test_conda() -> None:
    """The package URL is complete; neither password nor token of the channel is in it."""
    (curl,) = examine(conda_package.parse, META, _bytes(CURL)).packages
    wanted = "build=hca28451_0&channel=conda-forge&subdir=linux-64&type=conda"
    assert str(curl.purl) == f"pkg:conda/libcurl@8.5.0?{wanted}"
    assert curl.depends == ("krb5", "openssl", "zlib")
    assert (curl.licenses, curl.hashes) == (("curl",), (("md5", "0" * 32),))
    assert "secret" not in repr(curl)
    assert "to-ken" not in repr(curl)


@pytest.mark.parametrize(
    ("channel", "name"),
    [("pkgs/main", "main"), ("conda-forge", "conda-forge"), ("", ""), ("https://x/y/noarch", "y")],
)
def test_conda_channels(channel: str, name: str) -> None:
    """A channel is called by its last name, however it was written."""
    subdir = "noarch" if channel.endswith("noarch") else "linux-64"
    record = {"name": "a", "version": "1", "channel": channel, "subdir": subdir}
    (found,) = examine(conda_package.parse, META, _bytes(record)).packages
    assert dict(found.qualifiers).get("channel", "") == name


@pytest.mark.parametrize("document", [{}, [], {"name": "a"}, {"name": 1, "version": 2}], ids=repr)
def test_conda_of_something_else(document: object) -> None:
    """A record without name or version is a problem and never silence."""
    with pytest.raises(InputError):
        examine(conda_package.parse, META, _bytes(document))
