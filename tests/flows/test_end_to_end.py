"""The main job on every real image: packages, findings, and what could not be examined."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dunnage.model.finding import Kind
from flows.helpers_scan import docker_layers, finding_keys, package_keys, scanned
from images import write_oci_dir
from support import data_root

if TYPE_CHECKING:
    from dunnage.model.package import Package

_DATA = Path(os.environ.get("DUNNAGE_TEST_DATA", "/nonexistent"))


def _table(name: str) -> Any:  # noqa: ANN401 - JSON has every type
    path = _DATA / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


_IMAGES = _table("images.json")["images"] if _table("images.json") else []
_PAIRS = _table("pairs.json")
_SYSTEM_TYPES = {"apk": "apk", "dpkg": "deb", "rpm": "rpm", "busybox": ""}


def test_shared_data_is_used() -> None:
    """Without the shared data the tests below have nothing to run on; this one says so."""
    assert len(data_root().name) > 0
    assert len(_IMAGES) > 30
    assert len(_PAIRS) > 20


def _expected(image: dict[str, Any]) -> dict[str, int]:
    kind = Path(image["file"]).parts[1]
    kind = {"alpine": "apk"}.get(kind, kind)
    if kind in _SYSTEM_TYPES:
        count = image["expected_packages"]
        return {_SYSTEM_TYPES[kind]: count} if count else {}
    if "npm" in image:
        return {"npm": image["npm"], "pypi": image["python"]}
    name = Path(image["file"]).name
    purl_type = {"go": "golang", "rust": "cargo", "java": "maven"}[name.partition("-")[0]]
    return {purl_type: image["expected_packages"]}


@pytest.mark.parametrize("image", _IMAGES, ids=lambda row: Path(row["file"]).name)
def test_every_image_gives_the_packages_counted_independently(
    image: dict[str, Any], tmp_path: Path
) -> None:
    """Package counts agree with apk, dpkg, rpm and the other independent counts."""
    report = scanned(str(data_root() / image["file"]), tmp_path)
    found = Counter(p.type for p in report.subjects[0].inventory.packages)
    expected = _expected(image)
    assert expected == {kind: found[kind] for kind in expected}
    others = set(found) - set(expected)
    assert others <= ({"npm", "pypi"} if "language_files" in image else set())


@pytest.mark.parametrize("pair", _PAIRS, ids=lambda row: f"{row['image']} {row['ecosystem']}")
def test_every_pair_gives_the_listed_matches(pair: dict[str, Any], stocked: Path) -> None:
    """Each listed package, version, advisory and fix is found; no data means a Problem."""
    distro = _distro(pair)
    report = scanned(str(data_root() / "images" / pair["image"]), stocked, distro=distro)
    subject = report.subjects[0]
    by_ref = {package.ref: package for package in subject.inventory.packages}
    ecosystem = pair["ecosystem"]
    found = {
        (*_spelled(by_ref[f.package]), s.id): s.fixed
        for f in subject.findings
        if f.kind is Kind.VULNERABILITY
        for s in f.statements
        if s.ecosystem == ecosystem
    }
    listed = {(r["package"], r["version"], r["id"]): r["fixed"] for r in pair["rows"]}
    assert set(listed) == set(found)
    for key, fixed in listed.items():
        # Where a fix was backported the list names every branch; ours is the one to go to.
        assert found[key] in fixed.split(","), key
    if pair.get("unexamined"):
        assert report.exit_code == 3
        told = [p for p in report.all_problems if ecosystem in p.message]
        assert told
        assert subject.examined.packages_unexamined >= 14


def _spelled(package: Package) -> tuple[str, str]:
    """Return name and version as the list spells them: names folded, Go without its v."""
    name, version = package.title, package.version
    if package.type == "pypi":
        name = name.lower().replace("_", "-")
    return name, version.removeprefix("v") if package.type == "golang" else version


def _distro(pair: dict[str, Any]) -> str:
    if pair["ecosystem"] == "Alpine:edge":
        return "alpine/edge"
    return ""


def test_the_same_image_in_every_form_gives_the_same(stocked: Path, tmp_path: Path) -> None:
    """Archive, layout, root file system archive and directory agree on packages and findings."""
    archive = data_root() / "images/alpine/alpine-3.10-docker-archive.tar.gz"
    layers = docker_layers(archive)
    write_oci_dir(tmp_path / "layout", layers, compression="zstd")
    rootfs = tmp_path / "rootfs"
    rootfs.mkdir()
    for number, layer in enumerate(layers):
        tar = tmp_path / f"{number}.tar"
        tar.write_bytes(layer)
        subprocess.run(["tar", "-xf", tar, "-C", rootfs, "--no-same-owner"], check=True)
    reference = scanned(f"docker-archive:{archive}", stocked).subjects[0]
    assert len(reference.inventory.packages) == 14
    assert len(reference.findings) > 15
    for target in (f"oci-dir:{tmp_path / 'layout'}", f"dir:{rootfs}", f"dir:{tmp_path / '0.tar'}"):
        subject = scanned(target, stocked).subjects[0]
        assert package_keys(reference) == package_keys(subject), target
        assert finding_keys(reference) == finding_keys(subject), target
