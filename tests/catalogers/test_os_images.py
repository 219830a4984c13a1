"""Every shared operating system image gives exactly the packages counted there independently."""

from __future__ import annotations

import os
from typing import Any

import pytest

from dunnage.catalogers import apk, dpkg, os_release, rpm
from dunnage.io.tables import table
from dunnage.parsers.distribution import identify
from os_images import facts_of, images, tree

FOLDERS = ("alpine", "busybox", "dpkg", "rpm")
SHARED = bool(os.environ.get("DUNNAGE_TEST_DATA"))
IMAGES = [image for folder in FOLDERS for image in images(folder)] if SHARED else [{"file": ""}]


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image["file"])
def test_counts(image: dict[str, Any]) -> None:
    """The number of packages is the one of images.json, without any problem."""
    files = tree(image["file"])
    facts = [
        fact
        for plug in (apk.cataloger, dpkg.cataloger, rpm.cataloger)
        for fact in facts_of(plug, files, lambda path: path.endswith(".so"))
    ]
    assert [problem for fact in facts for problem in fact.problems] == []
    assert sum(len(fact.packages) for fact in facts) == image["expected_packages"]
    assert all(fact.notes == () for fact in facts)


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image["file"])
def test_distribution(image: dict[str, Any]) -> None:
    """ID and release are those of images.json; busybox and bare databases have none."""
    system, problems = identify(
        facts_of(os_release.cataloger, tree(image["file"])), table("distros")
    )
    assert problems == ()
    if image["distro"] in {"", "busybox"}:
        assert system is None
        return
    assert system is not None
    assert system.id == image["distro"]
    if "edge" in image["version"]:
        assert system.ecosystem == "Alpine:edge"
    elif image["distro"] != "sles":
        assert image["version"].startswith(system.ecosystem.split(":")[1].removeprefix("v"))
