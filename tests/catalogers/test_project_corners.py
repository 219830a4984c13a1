"""Corners of lock files that real package managers write, each checked against what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger
from dunnage.model.problem import Effect
from programs import examine, listed
from projects import direct, inventory_of, purls, tree_at

if TYPE_CHECKING:
    from pathlib import Path

    from dunnage.model.cataloger import Fact

CATALOGERS = load_all("dunnage.catalogers", "cataloger", Cataloger)


def read(name: str, text: str) -> Fact:
    """Hand a text to a cataloger."""
    cataloger = CATALOGERS[name]
    return examine(cataloger.parse, (cataloger.names or ("requirements.txt",))[0], text.encode())


def extra(fact: Fact, key: str) -> dict[str, str]:
    """Return one fact of every package that has it."""
    pairs = ((p.name, dict(p.extra).get(key, "")) for p in fact.packages)
    return {name: value for name, value in pairs if value}


@pytest.mark.parametrize("option", ["-r ", "-r", "--requirement ", "--requirement=", "-r ./x/../"])
def test_an_included_file_that_is_read_by_itself(tmp_path: Path, option: str) -> None:
    """What the included file lists is in the inventory, and nothing is left to tell."""
    root = tree_at(tmp_path, requirements_txt=f"{option}base-requirements.txt\n")
    (root / "base-requirements.txt").write_text("six==1.0\n", encoding="utf-8")
    found = inventory_of(f"project:{root}")
    assert purls(found) == ["pkg:pypi/six@1.0"]
    assert found.problems == ()


@pytest.mark.parametrize(
    "line", ["-r deps/base.txt", "-r https://example.com/r.txt", "-r ../../etc/passwd", "-r /x.txt"]
)
def test_an_included_file_that_is_not_read_is_told(tmp_path: Path, line: str) -> None:
    """A file that only includes another one is no empty list."""
    root = tree_at(tmp_path, requirements_txt=f"{line}\n-c limits.txt\n", deps__base_txt="six==1.0")
    (problem,) = inventory_of(f"project:{root}").problems
    assert (problem.code, problem.effect) == ("included-file-not-read", Effect.INCOMPLETE)
    assert problem.where == "requirements.txt"
    assert line.removeprefix("-r ") in problem.message


def test_prose_about_requirements(tmp_path: Path) -> None:
    """A text called requirements.txt could not be read; one with a longer name is none of pip's."""
    prose = "The machine needs 4 GB.\nAny system will do.\n\nThanks\n"
    root = tree_at(tmp_path, requirements_txt="six==1.0\n")
    (root / "hardware-requirements.txt").write_text(prose, encoding="utf-8")
    found = inventory_of(f"project:{root}")
    assert purls(found) == ["pkg:pypi/six@1.0"]
    assert found.problems == ()
    (root / "requirements.txt").write_text(prose, encoding="utf-8")
    problems = inventory_of(f"project:{root}").problems
    assert {problem.effect for problem in problems} == {Effect.INCOMPLETE}
    assert any("no requirements of pip" in problem.message for problem in problems)


@pytest.mark.parametrize(
    "text",
    [
        # pip-compile and uv, annotation styles "split" and "line", with a constraint
        (
            "flask==2.0\n    # via -r requirements.in\njinja2==3.0\n    # via\n    #   -c limits.txt\n"
            "    #   flask\n    #   other\n"
        ),
        "flask==2.0    # via -r requirements.in\njinja2==3.0   # via other, flask, -c limits.txt\n",
        "flask==2.0\n    # via app (pyproject.toml)\njinja2==3.0\n    # via flask\n",
        "flask==2.0\n    # via -r requirements.in (line 1)\njinja2==3.0\n    # via flask[async]\n",
    ],
)
def test_who_needs_what_in_every_style_of_comment(text: str) -> None:
    """A constraint makes nothing direct, a list in one line is a list."""
    fact = read("requirements", text)
    assert extra(fact, "direct") == {"flask": "true"}
    assert {p.name: p.depends for p in fact.packages} == {"flask": ("jinja2",), "jinja2": ()}


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("./wheels/six-1.15.0-py2.py3-none-any.whl", "1.15.0"),
        ("wheels/six-1.15.0-py2.py3-none-any.whl ; python_version > '3'", "1.15.0"),
        ("six @ file:///srv/six-1.15.0%2Blocal-py3-none-any.whl", "1.15.0+local"),
        ("./six.tar.gz", ""),
        ("https://example.com/six.tar.gz", ""),
    ],
)
def test_archives_in_requirements(line: str, version: str) -> None:
    """A wheel says its version in its name; of other archives it is told that nobody says it."""
    fact = read("requirements", line)
    assert listed(fact) == ({("six", version)} if version else set())
    assert bool(fact.problems) is not bool(version)


def test_archives_beside_python_lock_files() -> None:
    """An archive in the project is a package; a directory is the project's own."""
    uv = (
        'version = 1\n[[package]]\nname = "app"\nversion = "1"\nsource = { virtual = "." }\n'
        'dependencies = [{ name = "six" }, { name = "own" }]\n'
        '[[package]]\nname = "six"\nversion = "1.15.0"\nsource = { path = "six-1.15.0.whl" }\n'
        '[[package]]\nname = "own"\nversion = "2"\nsource = { directory = "own" }\n'
    )
    poetry = (
        '[[package]]\nname = "six"\nversion = "1.15.0"\n[package.source]\ntype = "file"\n'
        'url = "six-1.15.0.whl"\n[[package]]\nname = "own"\nversion = "2"\n'
        '[package.source]\ntype = "directory"\nurl = "own"\n'
    )
    for name, text in (("uv-lock", uv), ("poetry-lock", poetry)):
        fact = read(name, text)
        assert listed(fact) == {("six", "1.15.0")}
        assert extra(fact, "source") == {"six": "six-1.15.0.whl"}
    default = {
        "six": {"path": "./six-1.15.0-py2.py3-none-any.whl"},
        "own": {"path": "./own", "editable": True},
        "far": {"file": "https://example.com/far.tar.gz"},
    }
    fact = read("pipfile-lock", json.dumps({"_meta": {}, "default": default}))
    assert listed(fact) == {("six", "1.15.0")}
    (problem,) = fact.problems
    assert problem.message.endswith(": far")


def test_spelling_of_dependencies_in_poetry() -> None:
    """Poetry writes who is needed as whoever needs it spells it."""
    fact = read(
        "poetry-lock",
        '[[package]]\nname = "flask"\nversion = "2"\n[package.dependencies]\nJinja2 = ">=3"\n'
        'typing_extensions = "*"\n[[package]]\nname = "jinja2"\nversion = "3"\n'
        '[[package]]\nname = "typing-extensions"\nversion = "4"\n',
    )
    assert fact.packages[0].depends == ("jinja2", "typing-extensions")


def test_archives_in_lock_files_of_node() -> None:
    """What Yarn 1 and 4 and pnpm 8 and 10 wrote for one archive and one directory of a project."""
    first = (
        '"local@file:./local":\n  version "9.9.9"\n\n"tar@file:./p/tar-2.0.0.tgz":\n'
        '  version "2.0.0"\n  resolved "file:./p/tar-2.0.0.tgz#963d"\n'
    )
    later = (
        "__metadata:\n  version: 8\n\n"
        '"local@file:./local::locator=root%40workspace%3A.":\n  version: 9.9.9\n'
        '  resolution: "local@file:./local#./local::hash=c3&locator=root%40workspace%3A."\n\n'
        '"root@workspace:.":\n  version: 0.0.0-use.local\n  resolution: "root@workspace:."\n'
        '  dependencies:\n    local: "file:./local"\n    tar: "file:./p/tar-2.0.0.tgz"\n'
        '    fixed: "patch:fixed@npm%3A4.17.1#./x.patch"\n\n'
        '"tar@file:./p/tar-2.0.0.tgz::locator=root%40workspace%3A.":\n  version: 2.0.0\n'
        '  resolution: "tar@file:./p/tar-2.0.0.tgz#./p/tar-2.0.0.tgz::hash=de&locator=root"\n\n'
        '"fixed@patch:fixed@npm%3A4.17.1#./x.patch::locator=root%40workspace%3A.":\n'
        '  version: 4.17.1\n  resolution: "fixed@patch:fixed@npm%3A4.17.1#./x.patch::version=4"\n'
    )
    sixth = (
        "lockfileVersion: '6.0'\ndependencies:\n  local:\n    specifier: file:./local\n"
        "    version: file:local\n  tar:\n    specifier: file:./p/tar-2.0.0.tgz\n"
        "    version: file:p/tar-2.0.0.tgz\npackages:\n  file:local:\n"
        "    resolution: {directory: local, type: directory}\n    name: local\n"
        "    dependencies:\n      ms: 2.0.0\n  file:p/tar-2.0.0.tgz:\n"
        "    resolution: {integrity: sha512-AA==, tarball: file:p/tar-2.0.0.tgz}\n    name: tar\n"
        "    version: 2.0.0\n  /ms@2.0.0:\n    resolution: {integrity: sha512-AA==}\n    dev: false\n"
    )
    ninth = (
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      local:\n"
        "        specifier: file:./local\n        version: file:local\n      tar:\n"
        "        specifier: file:./p/tar-2.0.0.tgz\n        version: file:p/tar-2.0.0.tgz\n"
        "packages:\n  local@file:local:\n    resolution: {directory: local, type: directory}\n"
        "  ms@2.0.0:\n    resolution: {integrity: sha512-AA==}\n  tar@file:p/tar-2.0.0.tgz:\n"
        "    resolution: {integrity: sha512-AA==, tarball: file:p/tar-2.0.0.tgz}\n"
        "    version: 2.0.0\nsnapshots:\n  local@file:local:\n    dependencies:\n      ms: 2.0.0\n"
        "  ms@2.0.0: {}\n  tar@file:p/tar-2.0.0.tgz: {}\n"
    )
    assert listed(read("yarn-lock", first)) == {("tar", "2.0.0")}
    berry = read("yarn-lock", later)
    assert listed(berry) == {("tar", "2.0.0"), ("fixed", "4.17.1")}
    assert extra(berry, "direct") == {"tar": "true", "fixed": "true"}
    for text in (sixth, ninth):
        fact = read("pnpm-lock", text)
        assert listed(fact) == {("tar", "2.0.0"), ("ms", "2.0.0")}
        assert extra(fact, "direct") == {"tar": "true"}
        # What only a directory of the project needs is needed to run all the same.
        assert extra(fact, "scope") == {}


def test_an_archive_without_version_in_npm_1() -> None:
    """Version 1 of npm's lock file has only the place of an archive: that is told."""
    dependencies = {
        "tar": {"version": "file:p/tar-2.0.0.tgz", "integrity": "sha512-AA=="},
        "local": {"version": "file:local"},
        "far": {"version": "https://example.com/far.tgz"},
        "ms": {"version": "2.0.0"},
    }
    fact = read("package-lock", json.dumps({"lockfileVersion": 1, "dependencies": dependencies}))
    assert listed(fact) == {("ms", "2.0.0")}
    (problem,) = fact.problems
    assert (problem.effect, problem.count) == (Effect.NOTE, 2)
    assert problem.message.endswith(": tar, far")


def test_pnpm_keys_of_another_registry() -> None:
    """A host before the name is none of it, with and without a scope."""
    text = (
        "lockfileVersion: '6.0'\npackages:\n  registry.example.com/a@1.0.0:\n"
        "    resolution: {integrity: sha512-AA==}\n  registry.example.com/@b/lodash.c@2.0.0(x@1.0):\n"
        "    resolution: {integrity: sha512-AA==}\n  /@b/lodash.d@3.0.0:\n"
        "    resolution: {integrity: sha512-AA==}\n"
    )
    found = {("a", "1.0.0"), ("@b/lodash.c", "2.0.0"), ("@b/lodash.d", "3.0.0")}
    assert listed(read("pnpm-lock", text)) == found


def test_comments_of_a_go_mod_as_go_reads_them() -> None:
    """``go mod edit -json`` says the same of these lines."""
    fact = read(
        "go-mod",
        'module "example.com/x" // comment\ngo 1.21\nrequire(\n\texample.com/a v0.9.1// indirect\n'
        "\texample.com/b v0.3.0 // indirect; needed\n\texample.com/c v0.1.0 // indirect why\n"
        "\texample.com/d v0.1.0 //nothing\n\texample.com/e v2.2.0 //indirect\n)\n"
        "require example.com/f v1.3.0//x\nreplace example.com/d v0.1.0 => example.com/d v0.17.0//y\n",
    )
    versions = {name.removeprefix("example.com/"): version for name, version in listed(fact)}
    assert versions == {
        "a": "v0.9.1",
        "b": "v0.3.0",
        "c": "v0.1.0",
        "d": "v0.17.0",
        "e": "v2.2.0",
        "f": "v1.3.0",
    }
    assert {name[-1] for name in extra(fact, "direct")} == {"c", "d", "f"}


def test_a_go_sum_without_a_go_mod(tmp_path: Path) -> None:
    """It is the only word there is, so it counts."""
    (tmp_path / "go.sum").write_text(
        "example.com/a v1.0.0 h1:AA=\nexample.com/a v1.2.0 h1:AA=\nexample.com/a v1.3.0/go.mod h1:A=\n",
        encoding="utf-8",
    )
    assert purls(inventory_of(f"project:{tmp_path}")) == ["pkg:golang/example.com/a@v1.2.0"]


def test_a_gradle_module_of_no_configuration() -> None:
    """Nothing says that only tests need it."""
    fact = read(
        "gradle-lockfile", "a:b:1.0=\nc:d:2.0=testRuntimeClasspath\nempty=annotationProcessor"
    )
    assert extra(fact, "scope") == {"d": "dev"}


def _managed(artifact: str, version: str, more: str = "") -> str:
    told = f"<groupId>x</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
    return f"<dependency>{told}{more}</dependency>"


def test_what_a_child_changes_of_its_parent(tmp_path: Path) -> None:
    """``mvn dependency:list`` gives these versions and scopes.

    A property that a child sets counts in what its parent prescribes, but not in an imported file;
    what is prescribed for tests of a library is not prescribed for the library.
    """
    names = "<groupId>g</groupId><artifactId>{}</artifactId><version>1</version>"
    manage = "<dependencyManagement><dependencies>{}</dependencies></dependencyManagement>"
    bom = (
        "<dependency>" + names.format("bom") + "<type>pom</type><scope>import</scope></dependency>"
    )
    parent = (
        _managed("a", "${a.version}")
        + bom
        + _managed("lib", "1.14")
        + _managed("lib", "1.14", "<type>test-jar</type><scope>test</scope>")
        + _managed("lib", "1.14", "<classifier>tests</classifier><scope>test</scope>")
    )
    child = "".join(
        f"<dependency><groupId>x</groupId><artifactId>{name}</artifactId></dependency>"
        for name in ("a", "text", "io", "lib")
    )
    root = tree_at(
        tmp_path,
        pom_xml=f"<project>{names.format('p')}<properties><a.version>1.30</a.version></properties>"
        f"{manage.format(parent)}</project>",
        bom__pom_xml=f"<project>{names.format('bom')}<properties><t>1.8</t></properties>"
        f"{manage.format(_managed('text', '${t}') + _managed('a', '1.6') + _managed('io', '2.6'))}"
        "</project>",
        child__pom_xml=f"<project><parent>{names.format('p')}</parent><artifactId>c</artifactId>"
        "<properties><a.version>1.36</a.version><t>1.10</t></properties>"
        f"{manage.format(_managed('io', '2.7'))}<dependencies>{child}</dependencies></project>",
    )
    found = inventory_of(f"project:{root}")
    assert purls(found) == [
        "pkg:maven/x/a@1.36",
        "pkg:maven/x/io@2.7",
        "pkg:maven/x/lib@1.14",
        "pkg:maven/x/text@1.8",
    ]
    assert all(dict(package.extra).get("scope") is None for package in found.packages)
    assert direct(found) == {"x:a", "x:io", "x:lib", "x:text"}
