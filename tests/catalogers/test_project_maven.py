"""What pom.xml files inherit and prescribe is put together as Maven does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.problem import Effect
from projects import dev, inventory_of, purls, sample, tree_at

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = 'xmlns="http://maven.apache.org/POM/4.0.0"'


def _pom(inner: str) -> str:
    return f"<project {NAMESPACE}>{inner}</project>"


def _name(group: str, artifact: str, version: str = "") -> str:
    told = f"<version>{version}</version>" if version else ""
    return f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId>{told}"


def test_parents_properties_and_imports() -> None:
    """What ``mvn dependency:list`` says of the same files: see the versions below.

    Its own modules are left out, an imported list of versions counts, a test scope that is
    prescribed makes a package one for development.
    """
    found = sample("maven")
    assert purls(found) == [
        "pkg:maven/com.google.guava/guava@31.1-jre",
        "pkg:maven/commons-io/commons-io@2.11.0",
        "pkg:maven/junit/junit@4.13.2",
        "pkg:maven/org.apache.commons/commons-text@1.10.0",
        "pkg:maven/org.slf4j/slf4j-api@1.7.36",
    ]
    assert dev(found) == {"junit:junit@4.13.2"}
    assert [problem.code for problem in found.problems] == ["direct-dependencies-only"]


def test_versions_of_a_parent_elsewhere_are_told(tmp_path: Path) -> None:
    """What only a repository knows is not examined, and the message names where it would be."""
    parent = f"<parent>{_name('org.boot', 'starter', '3.1')}</parent>"
    needs = (
        f"<dependency>{_name('org.boot', 'web')}</dependency>"
        f"<dependency>{_name('org.x', 'open', '[1.0,2.0)')}</dependency>"
        f"<dependency>{_name('org.x', 'unknown', '${nobody.knows}')}</dependency>"
        f"<dependency>{_name('org.x', 'known', '1.0')}</dependency>"
    )
    root = tree_at(
        tmp_path,
        pom_xml=_pom(f"{parent}<artifactId>a</artifactId><dependencies>{needs}</dependencies>"),
    )
    found = inventory_of(f"project:{root}")
    assert purls(found) == ["pkg:maven/org.x/known@1.0"]
    (problem,) = (p for p in found.problems if p.code == "no-version-in-manifest")
    assert problem.effect is Effect.INCOMPLETE
    assert problem.count == 3
    assert "org.boot:starter:3.1" in problem.message


def test_files_that_point_at_each_other(tmp_path: Path) -> None:
    """Parents in a ring and properties that hold themselves end."""
    for name, other in (("a", "b"), ("b", "a")):
        parent = f"<parent>{_name('g', other, '1')}<relativePath>../{other}</relativePath></parent>"
        loop = "<properties><x>${y}${y}</x><y>${x}${x}</y></properties>"
        need = f"<dependencies><dependency>{_name('h', 'c', '${x}')}</dependency></dependencies>"
        tree_at(
            tmp_path,
            **{f"{name}__pom_xml": _pom(f"{parent}<artifactId>{name}</artifactId>{loop}{need}")},
        )
    found = inventory_of(f"project:{tmp_path}")
    assert found.packages == ()
    assert {problem.code for problem in found.problems} == {"no-version-in-manifest"}


def test_a_relative_path_never_leaves_the_project(tmp_path: Path) -> None:
    """A parent above the project is not opened."""
    tree_at(tmp_path, pom_xml=_pom(f"{_name('g', 'parent', '1')}<properties><v>1</v></properties>"))
    parent = f"<parent>{_name('g', 'parent', '1')}</parent>"
    need = f"<dependencies><dependency>{_name('h', 'c', '${v}')}</dependency></dependencies>"
    tree_at(tmp_path, in__pom_xml=_pom(f"{parent}<artifactId>a</artifactId>{need}"))
    assert inventory_of(f"project:{tmp_path / 'in'}").packages == ()
    assert purls(inventory_of(f"project:{tmp_path}")) == ["pkg:maven/h/c@1"]
