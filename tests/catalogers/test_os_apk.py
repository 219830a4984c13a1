"""The apk cataloger gives packages with origin, needs and the files that matter."""

from __future__ import annotations

import pytest

from bodies import Memory
from dunnage.catalogers.apk import cataloger
from dunnage.model.cataloger import File
from dunnage.model.limits import Limits
from os_images import fact_of, image_names, tree, wants

PATH = "lib/apk/db/installed"
TEXT = b"""P:py3-pip
V:23.3-r0
A:noarch
L:MIT
o:py3-pip
m:Someone
D:python3 !old
p:py3.11:pip=23.3-r0 py3-pip=1
F:usr/lib/python3.11/site-packages/pip-23.3.dist-info
R:METADATA
R:RECORD

P:broken

P:.deps
V:0
"""


def test_a_package_its_files_and_its_broken_neighbour() -> None:
    """Only wanted files are kept; a record without version is a problem with its line."""
    fact = fact_of(cataloger, PATH, TEXT, lambda path: path.endswith("/METADATA"))
    assert fact is not None
    first, second = fact.packages
    assert (first.type, first.name, first.version, first.arch) == (
        "apk",
        "py3-pip",
        "23.3-r0",
        "noarch",
    )
    assert (first.source, first.source_version, first.licenses) == ("py3-pip", "23.3-r0", ("MIT",))
    assert (first.depends, first.provides) == (("python3",), ("py3.11:pip",))
    assert first.supplier == "Someone"
    assert (second.name, second.source, second.source_version) == (".deps", "", "")
    owned = "usr/lib/python3.11/site-packages/pip-23.3.dist-info/METADATA"
    assert fact.files == (("py3-pip", owned),)
    (problem,) = fact.problems
    assert (problem.code, problem.where) == ("broken-package-record", f"{PATH}: line 13")


def test_both_places_are_wanted() -> None:
    """The old place and the one of a merged /usr."""
    assert wants(cataloger, "lib/apk/db/installed")
    assert wants(cataloger, "usr/lib/apk/db/installed")
    assert not wants(cataloger, "lib/apk/db/triggers")


def test_too_many_packages_are_a_problem() -> None:
    """What was read up to the limit is kept."""
    data = b"P:a\nV:1\n\n" * 10
    fact = cataloger.parse(File(PATH, len(data), 0o644, Memory(data), Limits(packages=3)))
    assert fact is not None
    assert len(fact.packages) == 3
    assert [problem.code for problem in fact.problems] == ["too-many-packages"]


def test_problems_are_counted_beyond_the_limit() -> None:
    """Thousands of broken records do not become thousands of problems."""
    data = b"P:a\n\n" * 500
    fact = cataloger.parse(File(PATH, len(data), 0o644, Memory(data), Limits(problems=10)))
    assert fact is not None
    assert len(fact.problems) == 11
    assert sum(problem.count for problem in fact.problems) == 500


@pytest.mark.parametrize("image", image_names("alpine"))
def test_real_origins(image: str) -> None:
    """Every package of a real Alpine names its origin and its licence."""
    fact = fact_of(cataloger, PATH, tree(image)[PATH])
    assert fact is not None
    assert all(package.source and package.licenses for package in fact.packages)
