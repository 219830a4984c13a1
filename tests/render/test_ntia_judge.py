"""NTIA's minimum elements, judged by the SPDX project's own checker on SBOMs of real images.

The elements are those of "The Minimum Elements For a Software Bill of Materials" (NTIA, 2021):
supplier, name, version, unique identifier, dependency relationship, author and time.
"""

from __future__ import annotations

import json
import tarfile
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from dunnage.io.folder import load
from dunnage.model.renderer import Renderer
from dunnage.model.report import View
from processes import run
from samples import REPORT
from support import data_root, need

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.judge

IMAGES = {
    "alpine": ("alpine/alpine-3.10-docker-archive.tar.gz", 14, 1.0),
    "almalinux": ("rpm/almalinux-9.3-micro-20231124-aarch64-rpmdb-sqlite.tar.gz", 23, 1.0),
    "debian": ("dpkg/debian-bookworm-minbase-dpkgdb.tar.gz", 96, 1.0),
    "devtools": ("dpkg/debian-bookworm-devtools-slice.tar.gz", 2132, 1.0),
    "application": ("lang/python-npm-vulnerable-app.tar.gz", 102, 0.95),
    "java": ("lang/java-jars.tar.gz", 3, 1.0),
}
"""File, packages, and the least share of them that names a supplier.

Of the rest the metadata names nobody: no author, no maintainer, no contributor and no namespace.
"""


def unpack(file: Path, folder: Path) -> str:
    """Return the target of a file of the shared images: itself, or the tree it holds."""
    if "docker-archive" in file.name:
        return f"docker-archive:{file}"
    with tarfile.open(file) as tar:
        tar.extractall(folder, filter="data")
    return f"dir:{folder}"


def judged(path: Path) -> Any:  # noqa: ANN401 - the checker has no types
    """Return what the checker found."""
    if find_spec("ntia_conformance_checker") is None:
        need("ntia-conformance-checker")
    from ntia_conformance_checker import SbomChecker

    # That the document is valid is judged elsewhere, by the tools of SPDX; it takes minutes.
    return SbomChecker(str(path), validate=False, compliance="ntia", sbom_spec="spdx2")


@pytest.mark.parametrize("name", IMAGES)
def test_minimum_elements(name: str, tmp_path: Path) -> None:
    """Every package has name, version and identifier, nearly every one a supplier; one graph.

    The target itself is left out: a directory has neither version nor supplier.
    """
    file, count, least = IMAGES[name]
    target = unpack(data_root() / "images" / file, tmp_path / "tree")
    out = tmp_path / "sbom.spdx.json"
    cyclonedx = tmp_path / "sbom.cdx.json"
    words = ("-o", f"spdx-json={out}", "-o", f"cyclonedx-json={cyclonedx}", "--quiet")
    assert run("sbom", target, *words, cwd=tmp_path).returncode == 0
    found = judged(out)
    assert (found.doc_author, found.doc_timestamp, found.dependency_relationships) == (True,) * 3
    told = found.output_json()
    assert not told["graphValidation"]["unknownPointers"]["hasUnknownPointers"]
    assert told["graphValidation"]["floatingComponents"]["floatingComponentCount"] == 0
    root = json.loads(out.read_bytes())["packages"][0]["name"]

    def missing(key: str) -> list[str]:
        return [one for one in told[key]["nonconformantComponents"] if one != root]

    assert missing("componentNames") == []
    assert missing("componentVersions") == []
    assert missing("componentIdentifiers") == []
    assert len(missing("componentSuppliers")) <= (1 - least) * count
    # The other format says the same, and each of its components is in its graph.
    document = json.loads(cyclonedx.read_bytes())
    packages = [one for one in document["components"] if one["type"] == "library"]
    assert len(packages) == count
    assert sum("supplier" not in one for one in packages) == len(missing("componentSuppliers"))
    assert all(one["version"] and one["purl"] and one["bom-ref"] for one in packages)
    known = {entry["ref"] for entry in document["dependencies"]}
    assert {one["bom-ref"] for one in packages} <= known
    assert document["metadata"]["timestamp"]
    assert document["metadata"]["tools"]["components"][0]["name"] == "dunnage"


def test_checker_can_refuse(tmp_path: Path) -> None:
    """The check above can fail: an SBOM without versions, suppliers and author does not conform."""
    renderer = load("dunnage.render", "spdx-json", "renderer", Renderer)
    document = json.loads(renderer.render(REPORT, View()))
    for package in document["packages"]:
        package.pop("versionInfo", None)
        package["supplier"] = "NOASSERTION"
    path = tmp_path / "sbom.spdx.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    told = judged(path).output_json()
    assert len(told["componentVersions"]["nonconformantComponents"]) == len(document["packages"])
    assert len(told["componentSuppliers"]["nonconformantComponents"]) == len(document["packages"])
