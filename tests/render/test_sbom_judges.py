"""Others read our SBOMs of real images: the schema of CycloneDX, the tools of SPDX, and Syft."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import samples
from dunnage.io.folder import load
from dunnage.model.renderer import Renderer
from dunnage.model.report import View
from processes import run
from sample_hostile import HOSTILE
from sample_platforms import PLATFORMS
from support import data_root, need

pytestmark = pytest.mark.judge

IMAGES = {
    "alpine": ("docker-archive:", "alpine/alpine-3.10-docker-archive.tar.gz", {"apk": 14}),
    "almalinux": (
        "dir:",
        "rpm/almalinux-9.3-micro-20231124-aarch64-rpmdb-sqlite.tar.gz",
        {"rpm": 23},
    ),
    "debian": ("dir:", "dpkg/debian-bookworm-minbase-dpkgdb.tar.gz", {"deb": 96}),
    "application": ("dir:", "lang/python-npm-vulnerable-app.tar.gz", {"npm": 87, "pypi": 15}),
    "java": ("dir:", "lang/java-jars.tar.gz", {"maven": 3}),
    "go": ("file:", "lang/go-esbuild-0.17.0-buildinfo.elf", {"golang": 3}),
    "rust": ("file:", "lang/rust-uv-0.13.9-depv0.elf", {"cargo": 532}),
}
"""Source, file and packages by package URL type, each counted by a peer."""

FORMATS = {
    "cyclonedx-xml": "cdx.xml",
    "spdx-json": "spdx.json",
    "spdx-tag-value": "spdx",
    "syft-json": "syft.json",
}
REPORTS = {
    "report": samples.REPORT,
    "empty": samples.EMPTY,
    "unseen": samples.UNSEEN,
    "several": samples.SEVERAL,
    "platforms": PLATFORMS,
    "hostile": HOSTILE,
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every image and every report of the samples in every format, once."""
    folder = tmp_path_factory.mktemp("sboms")
    for name, (scheme, file, _) in IMAGES.items():
        outputs = [
            word
            for form, ending in FORMATS.items()
            for word in ("-o", f"{form}={folder}/{name}.{ending}")
        ]
        target = f"{scheme}{data_root() / 'images' / file}"
        done = run("sbom", target, *outputs, "-o", f"json={folder}/{name}.json", "--cache-dir",
                   folder / "cache")  # fmt: skip
        assert done.returncode == 0, done.stderr
    for form, ending in FORMATS.items():
        renderer = load("dunnage.render", form, "renderer", Renderer)
        for name, report in REPORTS.items():
            (folder / f"{name}.{ending}").write_bytes(renderer.render(report, View()))
    return folder


def syft(path: Path) -> dict[str, Any]:
    """Return what Syft reads from a document, in its own format."""
    need("syft")
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    done = subprocess.run(
        ["syft", "--quiet", "convert", str(path), "-o", "syft-json"],
        capture_output=True,
        check=True,
        env=environment,
        timeout=120,
    )
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def bare(purl: str) -> str:
    """Return a package URL without its qualifiers."""
    return purl.partition("?")[0]


@pytest.mark.parametrize("name", [*IMAGES, *REPORTS])
def test_official_xml_schema(name: str, written: Path) -> None:
    """The XML schema of CycloneDX 1.6 accepts the document."""
    etree = pytest.importorskip("lxml.etree", reason="not installed here: lxml")
    package = find_spec("cyclonedx")
    if package is None or package.origin is None:
        pytest.skip("not installed here: cyclonedx-python-lib, which has the schemas")
    folder = Path(package.origin).parent / "schema" / "_res"
    validator = etree.XMLSchema(etree.parse(str(folder / "bom-1.6.SNAPSHOT.xsd")))
    document = etree.parse(str(written / f"{name}.cdx.xml"))
    assert validator.validate(document), validator.error_log
    document.getroot().append(etree.Element("{http://cyclonedx.org/schema/bom/1.6}odd"))
    assert not validator.validate(document)


@pytest.mark.parametrize(
    ("ending", "name"),
    [
        *(("spdx.json", name) for name in (*IMAGES, *REPORTS)),
        # Its reader of the other syntax takes ten seconds for a hundred packages.
        *(("spdx", name) for name in ("alpine", "java", "go", *REPORTS)),
    ],
)
def test_spdx_tools_accept_it(name: str, ending: str, written: Path) -> None:
    """The validator of the SPDX project has nothing to say, in both syntaxes."""
    need("pyspdxtools")
    command = ["pyspdxtools", "-i", str(written / f"{name}.{ending}")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("ending", ["spdx.json", "spdx"])
def test_spdx_tools_refuse_what_is_wrong(ending: str, written: Path, tmp_path: Path) -> None:
    """The validator can say no: a licence without an entry is found."""
    need("pyspdxtools")
    text = (written / f"java.{ending}").read_text(encoding="utf-8")
    broken = tmp_path / f"broken.{ending}"
    broken.write_text(text.replace("LicenseRef-", "LicenseRef-no-", 1), encoding="utf-8")
    assert broken.read_text(encoding="utf-8") != text
    command = ["pyspdxtools", "-i", str(broken)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode != 0


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("ending", FORMATS.values())
def test_syft_reads_the_same_packages(name: str, ending: str, written: Path) -> None:
    """From every format Syft reads the packages of the image, and where there is one its system."""
    (subject,) = json.loads((written / f"{name}.json").read_bytes())["subjects"]
    found = syft(written / f"{name}.{ending}")
    purls = [entry["purl"] for entry in found["artifacts"] if entry["purl"]]
    assert Counter(purl[4:].partition("/")[0] for purl in purls) == IMAGES[name][2]
    assert {bare(purl) for purl in purls} == {bare(p["purl"]) for p in subject["packages"]}
    system = subject["os"]
    if system:
        assert found["distro"]["id"] == system["id"]
        assert found["distro"]["versionID"] == system["version"]
    edges = [r for r in found["artifactRelationships"] if r["type"] == "dependency-of"]
    assert len(edges) == sum(len(entry["depends_on"]) for entry in subject["dependencies"])


@pytest.mark.parametrize("name", ["alpine", "almalinux", "debian"])
def test_ours_is_like_syfts_own(name: str, written: Path, tmp_path: Path) -> None:
    """Of the same tree, Syft itself gives the same package URLs, types and source packages."""
    need("syft", "tar")
    file = data_root() / "images" / IMAGES[name][1]
    if IMAGES[name][0] == "docker-archive:":
        (tmp_path / "image.tar").write_bytes(gzip.decompress(file.read_bytes()))
        target = f"docker-archive:{tmp_path / 'image.tar'}"
    else:
        subprocess.run(["tar", "-xf", str(file), "-C", str(tmp_path)], check=True)
        target = f"dir:{tmp_path}"
    done = subprocess.run(
        ["syft", "--quiet", "scan", target, "-o", "syft-json"],
        capture_output=True,
        check=True,
        env={**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"},
        timeout=120,
    )
    theirs = json.loads(done.stdout)["artifacts"]
    ours = json.loads((written / f"{name}.syft.json").read_bytes())["artifacts"]
    keys = ("originPackage", "source", "sourceVersion", "sourceRpm", "epoch", "release")

    def facts(entry: dict[str, Any]) -> tuple[Any, ...]:
        same = (entry["purl"], entry["name"], entry["version"], entry["type"], entry["language"])
        return (*same, *(entry["metadata"].get(key) for key in keys))

    assert sorted(map(facts, ours), key=str) == sorted(map(facts, theirs), key=str)
