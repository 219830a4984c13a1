"""What Dunnage asks for when it is installed stays small, and every bit of it has its reason."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DIRECT = [Requirement(line).name for line in PROJECT["dependencies"]]
MOST = 12
LARGEST = 40_000_000
"""Bytes of Dunnage and everything that comes with it, byte code included."""


def test_direct_dependencies_are_few_and_explained() -> None:
    """At most twelve; the page about dependencies gives a reason for each, and for no other."""
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([\w.-]+)` \|", page, re.MULTILINE)
    assert len(DIRECT) <= MOST
    assert sorted(told) == sorted(DIRECT)


def test_dependencies_depend_on_nothing_else() -> None:
    """What is installed is what is listed: no dependency brings another one."""
    for name in DIRECT:
        needs = [Requirement(line) for line in distribution(name).requires or []]
        more = [n.name for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})]
        assert set(more) <= set(DIRECT), name


def test_installed_size() -> None:
    """Dunnage and its dependencies need less than 40 MB."""
    total = sum(path.stat().st_size for path in (ROOT / "src").rglob("*") if path.is_file())
    for name in DIRECT:
        places = [Path(str(file.locate())) for file in distribution(name).files or []]
        total += sum(place.stat().st_size for place in places if place.is_file())
    assert 1_000_000 < total < LARGEST
