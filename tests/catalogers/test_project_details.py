"""Odd but legal lock files, and what is told of files that say too little."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger
from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.model.problem import Effect
from programs import examine, listed

if TYPE_CHECKING:
    from dunnage.model.cataloger import Fact

CATALOGERS = load_all("dunnage.catalogers", "cataloger", Cataloger)


def read(name: str, text: str, path: str = "", limits: Limits | None = None) -> Fact:
    """Hand a text to a cataloger."""
    cataloger = CATALOGERS[name]
    place = path or (cataloger.names or ("requirements.txt",))[0]
    return examine(cataloger.parse, place, text.encode(), limits)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Flask==2.0.1", {("Flask", "2.0.1")}),
        ("flask[async] == 2.0.1 ; python_version < '3.10'", {("flask", "2.0.1")}),
        ("flask===2.0.1  # pinned", {("flask", "2.0.1")}),
        ("flask==2.0.1 --hash=sha256:00 \\\n  --hash=sha256:11", {("flask", "2.0.1")}),
        ("flask (==2.0.1)", {("flask", "2.0.1")}),
        ("flask>=1,==2.0.1", {("flask", "2.0.1")}),
        ("x @ https://example.com/x-1.5-py3-none-any.whl#sha256=00", {("x", "1.5")}),
        ("https://example.com/x_y-1.5-py3-none-any.whl", {("x_y", "1.5")}),
        ("-r base.txt\n-c limits.txt\n--index-url https://example.com\n.\n./x\n-e .", set()),
    ],
)
def test_requirements_that_say_a_version(line: str, found: set[tuple[str, str]]) -> None:
    """One exact version counts, however it is written; options and own directories do not."""
    fact = read("requirements", line)
    assert listed(fact) == found
    assert fact.problems == ()


def test_lines_of_files_from_windows() -> None:
    """A carriage return begins no line of its own."""
    fact = read("requirements", "# x\r\nsix==1.0\r\n")
    assert fact.packages[0].locations[0].line == 2


@pytest.mark.parametrize(
    "line", ["flask", "flask>=2", "flask==2.*", "flask~=2.0", "x @ git+https://example.com/x@v1"]
)
def test_requirements_that_leave_the_version_open(line: str) -> None:
    """They are told; a file of nothing else was not examined."""
    fact = read("requirements", line)
    (problem,) = fact.problems
    assert (problem.code, problem.effect) == ("no-version-in-manifest", Effect.INCOMPLETE)
    fact = read("requirements", f"{line}\nsix==1.0")
    assert listed(fact) == {("six", "1.0")}
    assert [problem.effect for problem in fact.problems] == [Effect.NOTE]


def test_requirements_as_powershell_writes_them() -> None:
    """``pip freeze > requirements.txt`` gives UTF-16 on Windows."""
    cataloger = CATALOGERS["requirements"]
    fact = examine(cataloger.parse, "requirements.txt", "six==1.0\r\n".encode("utf-16"))
    assert listed(fact) == {("six", "1.0")}


def test_npm_workspaces_links_and_places() -> None:
    """Workspaces are the project's own; a dependency is found where Node would find it."""
    packages = {
        "": {"name": "root", "workspaces": ["packages/*"]},
        "node_modules/own": {"resolved": "packages/own", "link": True},
        "packages/own": {"version": "1.0.0", "dependencies": {"a": "1"}},
        "packages/own/node_modules/a": {"version": "1.0.0", "dependencies": {"b": "*"}},
        "node_modules/a": {"version": "2.0.0"},
        "node_modules/b": {"version": "3.0.0"},
        "node_modules/file": {"version": "1.0.0", "resolved": "file:lib"},
        "node_modules/git": {"version": "1.0.0", "resolved": "git+ssh://git@example.com/x.git#00"},
    }
    fact = read("package-lock", json.dumps({"lockfileVersion": 3, "packages": packages}))
    assert listed(fact) == {("a", "1.0.0"), ("a", "2.0.0"), ("b", "3.0.0"), ("git", "1.0.0")}
    by_name = {f"{p.name}@{p.version}": p for p in fact.packages}
    assert by_name["a@1.0.0"].depends == ("b",)
    assert ("direct", "true") in by_name["a@1.0.0"].extra
    assert ("direct", "true") not in by_name["a@2.0.0"].extra
    assert dict(by_name["git@1.0.0"].extra)["source"].startswith("git+ssh:")


def test_a_package_is_for_development_only_if_every_place_is() -> None:
    """The same package at two places is one, needed to run if one of them is."""
    packages = {
        "node_modules/a": {"version": "1.0.0", "dev": True},
        "node_modules/b/node_modules/a": {"version": "1.0.0"},
    }
    (package,) = read("package-lock", json.dumps({"packages": packages})).packages
    assert package.extra == ()


def test_yarn_patches_and_portals() -> None:
    """A patched package is what it was made of; portals and links are the project's own."""
    text = (
        "__metadata:\n  version: 8\n\n"
        '"typescript@patch:typescript@npm%3A^5#optional!builtin<compat/typescript>":\n'
        "  version: 5.4.5\n"
        '  resolution: "typescript@patch:typescript@npm%3A5.4.5#optional!builtin::version=5.4.5"\n\n'
        '"own@portal:../own::locator=x":\n  version: 0.0.0-use.local\n'
        '  resolution: "own@portal:../own::locator=x"\n'
    )
    assert listed(read("yarn-lock", text)) == {("typescript", "5.4.5")}


def test_go_replacements() -> None:
    """A replaced module is what replaces it; one in a directory has no version to compare."""
    text = (
        "module example.com/x // a comment\ngo 1.21\n"
        "require example.com/a v1.0.0\n"
        'require (\n\texample.com/b v1.0.0 // indirect\n\t"example.com/c" v1.2.0\n)\n'
        "replace example.com/a => ../a\n"
        "replace (\n\texample.com/b v1.0.0 => example.com/fork v1.5.0\n)\n"
        "exclude example.com/c v1.1.0\n"
    )
    fact = read("go-mod", text)
    assert listed(fact) == {
        ("example.com/a", ""),
        ("example.com/fork", "v1.5.0"),
        ("example.com/c", "v1.2.0"),
    }


def test_gems_of_platforms_git_and_paths() -> None:
    """A platform is no part of the version; gems of a path are the project's own."""
    text = (
        "GIT\n  remote: https://example.com/x.git\n  revision: 00ff\n  specs:\n    x (1.0)\n\n"
        "PATH\n  remote: .\n  specs:\n    own (0.1)\n      nokogiri\n\n"
        "GEM\n  remote: https://rubygems.org/\n  specs:\n"
        "    nokogiri (1.13.3-x86_64-linux)\n    nokogiri (1.13.3-arm64-darwin)\n\n"
        "DEPENDENCIES\n  own!\n  x!\n"
    )
    fact = read("gemfile-lock", text)
    assert listed(fact) == {("x", "1.0"), ("nokogiri", "1.13.3")}
    assert dict(fact.packages[0].extra)["source"] == "https://example.com/x.git@00ff"


def test_old_poetry_and_cargo_files() -> None:
    """Poetry's categories, Cargo's checksums at the end and its dependencies with a source."""
    poetry = '[[package]]\nname = "a"\nversion = "1"\ncategory = "dev"\n[metadata]\nx = 1\n'
    assert read("poetry-lock", poetry).packages[0].extra == (("scope", "dev"),)
    source = "registry+https://github.com/rust-lang/crates.io-index"
    cargo = (
        f'[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "{source}"\n'
        f'dependencies = ["b 2.0.0 ({source})"]\n'
        f'[[package]]\nname = "b"\nversion = "1.0.0"\nsource = "{source}"\n'
        f'[[package]]\nname = "b"\nversion = "2.0.0"\nsource = "{source}"\n'
        f'[metadata]\n"checksum a 1.0.0 ({source})" = "{"0" * 64}"\n'
    )
    first = read("cargo-lock", cargo).packages[0]
    assert first.depends == ("b@2.0.0",)
    assert first.hashes == (("sha-256", "0" * 64),)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package-lock", "[" * 100_000),
        ("pipfile-lock", '{"default": ' * 200 + "1"),
        ("composer-lock", '{"packages": ' + "[" * 500 + "]" * 500 + "}"),
        ("pnpm-lock", "a: " + "[" * 500),
        ("pnpm-lock", "".join(f"{' ' * n}a:\n" for n in range(400))),
        ("yarn-lock", "__metadata:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 400))),
        ("poetry-lock", "a = " + "[" * 50_000),
        ("uv-lock", "a." * 20_000 + "b = 1"),
        ("maven-pom", "<a>" * 100_000),
        ("maven-pom", '<!DOCTYPE x [<!ENTITY a "b">]><project>&a;</project>'),
        ("go-mod", "module x\nrequire (\n" + "x\n" * 10),
        ("gradle-lockfile", "x=y"),
        ("gemfile-lock", "nothing"),
        ("nuget-lock", '{"dependencies": [1]}'),
        ("requirements", "\0"),
    ],
)
def test_what_is_too_deep_or_no_lock_file(name: str, text: str) -> None:
    """Each is refused with an InputError, or gives no packages; never anything else."""
    with suppress(InputError):
        assert read(name, text).packages == ()


def test_too_many_packages() -> None:
    """A file that lists more than the limit is refused as a whole."""
    text = "\n".join(f"a{n}==1" for n in range(50))
    with pytest.raises(LimitError):
        read("requirements", text, limits=Limits(packages=49))
