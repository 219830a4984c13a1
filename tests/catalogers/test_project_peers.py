"""Syft reads the same lock files; every difference has its reason."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from projects import SAMPLES, dev, purls, sample
from support import need

OURS = {
    # Packages for development, which Syft leaves out and we mark.
    "npm-v1": "dev",
    "npm-v2": "dev",
    "npm-v3": "dev",
    "php": "dev",
    "pipenv": "dev",
}
UNREAD = {"uv", "nuget", "go16", "maven"}
"""Syft 1.18 does not read uv.lock, nor packages.lock.json; of an old go.mod it leaves out what only
go.sum names, and of pom.xml it follows no parent of the tree: these are not compared."""
SPELT = {
    # The project itself, which is no dependency.
    "pkg:cargo/sample@0.1.0",
    "pkg:npm/sample-app@1.0.0",
    "pkg:npm/sample-app@0.0.0-use.local",
    # An alias is not what is installed under it.
    "pkg:npm/old-ms@/ms/2.0.0",
    "pkg:npm/old-ms@/ms%402.0.0",
    "pkg:npm/old-ms@2.0.0",
    # The name in the project is not that of the package on hex.pm; a git dependency has no version.
    "pkg:hex/chatterbox@0.15.1",
    "pkg:hex/hpack@0.3.0",
    "pkg:hex/swoosh@//github.com/swoosh/swoosh.git",
    # What comes with the SDK, and what lies beside the project, is no package of pub.dev.
    "pkg:pub/flutter@0.0.0",
    "pkg:pub/local@1.2.3",
}
NAMED = {
    "mix": {"pkg:hex/hpack_erl@0.3.0", "pkg:hex/ts_chatterbox@0.15.1"},
    "yarn-berry": {"pkg:npm/ms@2.0.0"},
}
"""What we name by the package that is installed, and Syft by its name in the project."""


def _unfolded(purl: str) -> str:
    """Return a package URL as its type defines it.

    Of Go the subpath is part of the name; of pub.dev Syft adds where the file was loaded from.
    """
    if purl.startswith("pkg:pub/"):
        return purl.partition("?")[0]
    head, _, subpath = purl.partition("#")
    if not subpath or not head.startswith("pkg:golang/"):
        return purl
    name, _, version = head.rpartition("@")
    return f"{name}/{subpath}@{version}"


@pytest.mark.judge
@pytest.mark.parametrize("name", sorted({p.name for p in SAMPLES.iterdir()} - UNREAD))
def test_syft_lists_the_same(name: str) -> None:
    """The same package URLs, but for the differences above."""
    need("syft")
    done = subprocess.run(
        ["syft", "-q", f"dir:{SAMPLES / name}", "-o", "json"],
        capture_output=True,
        check=True,
        env={**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"},
    )
    theirs = {_unfolded(artifact["purl"]) for artifact in json.loads(done.stdout)["artifacts"]}
    found = sample(name)
    ours = set(purls(found))
    marked = (
        {f"pkg:{p.type}/{p.title}@{p.version}" for p in found.packages} if name in OURS else set()
    )
    marked = {purl for purl in marked if purl.partition("/")[2] in dev(found)}
    aliased = NAMED.get(name, set())
    assert ours - theirs == marked | aliased if name != "npm-v1" else ours >= theirs
    assert theirs - ours <= SPELT
