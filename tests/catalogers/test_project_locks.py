"""What package managers wrote is read as they meant it, whichever of them wrote it."""

from __future__ import annotations

import pytest

from projects import SAMPLES, dev, direct, needs, purls, sample

NODE = (
    "npm-v1",
    "npm-v2",
    "npm-v3",
    "yarn-v1",
    "yarn-berry",
    "pnpm-v5",
    "pnpm-v6",
    "pnpm-v9",
)
DEVELOPMENT = {
    "ansi-styles@4.3.0",
    "chalk@4.1.2",
    "color-convert@2.0.1",
    "color-name@1.1.4",
    "has-flag@4.0.0",
    "minimist@0.0.8",
    "mkdirp@0.5.1",
    "supports-color@7.2.0",
}
PYTHON = [
    "pkg:pypi/idna@3.3",
    "pkg:pypi/iniconfig@2.0.0",
    "pkg:pypi/python-dateutil@2.8.2",
    "pkg:pypi/six@1.17.0",
]


@pytest.mark.parametrize("name", NODE)
def test_node_lock_files_of_one_project_agree(name: str) -> None:
    """npm, Yarn and pnpm lock the same packages with the same dependencies, scopes and aliases."""
    found = sample(name)
    reference = sample("npm-v3")
    assert purls(found) == purls(reference)
    assert len(purls(found)) == 24
    assert "pkg:npm/%40babel/code-frame@7.18.6" in purls(found)
    assert "pkg:npm/ms@2.0.0" in purls(found)
    assert needs(found) == needs(reference)
    assert needs(found)["mkdirp@0.5.1"] == {"minimist@0.0.8"}
    assert found.problems == ()


@pytest.mark.parametrize("name", NODE)
def test_development_and_direct_dependencies(name: str) -> None:
    """What only development needs is marked where the lock file says so; yarn.lock never does."""
    found = sample(name)
    assert dev(found) == (set() if name.startswith("yarn") else DEVELOPMENT)
    named = {"@babel/code-frame", "minimist", "ms", "debug", "chalk", "mkdirp"}
    assert direct(found) == (set() if name in {"npm-v1", "yarn-v1"} else named)


@pytest.mark.parametrize("name", ["poetry", "uv", "pipenv"])
def test_python_lock_files_agree(name: str) -> None:
    """Poetry, uv and Pipenv lock the same packages, one of them for development."""
    found = sample(name)
    assert purls(found) == PYTHON
    assert dev(found) == {"iniconfig@2.0.0"}
    if name != "pipenv":  # which does not write what needs what
        assert needs(found) == {"python-dateutil@2.8.2": {"six@1.17.0"}}


def test_requirements_with_and_without_hashes() -> None:
    """Files of uv and pip-compile give versions and what needs what, each file for itself."""
    found = sample("requirements")
    assert purls(found) == sorted(2 * [purl for purl in PYTHON if "iniconfig" not in purl])
    assert needs(found) == {"python-dateutil@2.8.2": {"six@1.17.0"}}
    assert direct(found) == {"idna", "python-dateutil"}


def test_go_mod() -> None:
    """Since Go 1.17 a go.mod says everything; major versions belong to the name."""
    found = sample("go")
    assert len(found.packages) == 19
    assert "pkg:golang/github.com/go-playground/validator/v10@v10.10.0" in purls(found)
    assert direct(found) == {"github.com/gin-gonic/gin", "golang.org/x/text"}


def test_go_sum_helps_an_old_go_mod() -> None:
    """Before Go 1.17 indirect modules are in go.sum alone, of several versions the highest."""
    found = sample("go16")
    paths = {p.title: (p.version, p.locations[0].path) for p in found.packages}
    assert paths["github.com/gin-gonic/gin"] == ("v1.7.0", "go.mod")
    assert paths["github.com/stretchr/testify"][1] == "go.sum"
    assert len(paths) == len(found.packages) == 21


def test_cargo_lock() -> None:
    """The project's own crate is left out, and makes its dependencies direct."""
    found = sample("cargo")
    assert len(found.packages) == 20
    assert "pkg:cargo/regex@1.5.4" in purls(found)
    assert direct(found) == {"itoa", "rand", "regex"}
    assert needs(found)["regex@1.5.4"] == {
        "aho-corasick@0.7.20",
        "memchr@2.8.3",
        "regex-syntax@0.6.29",
    }
    hashes = {p.name: p.hashes for p in found.packages}
    assert hashes["regex"][0][0] == "sha-256"


def test_gemfile_lock() -> None:
    """Gems with what they need, as Bundler resolved them."""
    found = sample("gem")
    assert purls(found) == [
        "pkg:gem/minitest@5.15.0",
        "pkg:gem/power_assert@2.0.1",
        "pkg:gem/rexml@3.3.9",
        "pkg:gem/test-unit@3.5.3",
    ]
    assert needs(found) == {"test-unit@3.5.3": {"power_assert@2.0.1"}}
    assert direct(found) == {"minitest", "rexml", "test-unit"}


def test_composer_lock() -> None:
    """Vendors are namespaces, licences are kept, packages-dev is for development."""
    found = sample("php")
    assert purls(found) == [
        "pkg:composer/monolog/monolog@2.8.0",
        "pkg:composer/psr/cache@3.0.0",
        "pkg:composer/psr/log@v1.1.4",
    ]
    assert dev(found) == {"psr/cache@3.0.0"}
    assert needs(found) == {"monolog/monolog@2.8.0": {"psr/log@v1.1.4"}}
    assert {p.licenses for p in found.packages if p.name == "monolog/monolog"} == {("MIT",)}


def test_gradle_lockfile() -> None:
    """Modules with their group; those of test configurations alone are for development."""
    found = sample("gradle")
    assert "pkg:maven/com.google.guava/guava@31.1-jre" in purls(found)
    assert dev(found) == {"junit:junit@4.13.2", "org.hamcrest:hamcrest-core@1.3"}


def test_nuget_lock() -> None:
    """Each framework counts, projects of the solution do not, dependencies stay in a framework."""
    found = sample("nuget")
    assert purls(found) == [
        "pkg:nuget/Newtonsoft.Json.Bson@1.0.2",
        "pkg:nuget/Newtonsoft.Json@12.0.1",
        "pkg:nuget/Newtonsoft.Json@13.0.3",
    ]
    assert needs(found) == {"Newtonsoft.Json.Bson@1.0.2": {"Newtonsoft.Json@12.0.1"}}


@pytest.mark.parametrize("name", sorted(p.name for p in SAMPLES.iterdir()))
def test_every_package_has_its_line(name: str) -> None:
    """The line a package is at holds its name or version, so that code scanning can show it."""
    for package in sample(name).packages:
        place = package.locations[0]
        lines = (SAMPLES / name / place.path).read_text(encoding="utf-8").split("\n")
        near = "\n".join(lines[place.line - 1 : place.line + 2]).lower()
        assert place.line
        assert package.name.lower() in near or package.version in near, (package.title, place)
