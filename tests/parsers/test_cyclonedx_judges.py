"""Syft reads what we write, and we read what Syft writes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest

from dunnage.model.limits import Limits
from dunnage.model.report import View
from dunnage.parsers.cyclonedx import read
from dunnage.render.cyclonedx_json import renderer
from sample_image import PACKAGES
from samples import REPORT
from support import data_json, data_root, need

pytestmark = pytest.mark.judge


def syft(*arguments: str) -> bytes:
    """Run Syft without any network and return what it prints."""
    need("syft")
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    done = subprocess.run(
        ["syft", "--quiet", *arguments],
        capture_output=True,
        check=True,
        env=environment,
        timeout=300,
    )
    return done.stdout


def test_syft_reads_ours(tmp_path: Path) -> None:
    """Every distinct package of our document is one of Syft's, with the same package URL."""
    path = tmp_path / "ours.cdx.json"
    path.write_bytes(renderer.render(REPORT, View()))
    found = json.loads(syft("convert", str(path), "-o", "syft-json"))
    theirs = {(entry["name"], entry["version"]) for entry in found["artifacts"]}
    assert theirs == {(package.name, package.version) for package in PACKAGES}
    purls = {entry["purl"].partition("?")[0] for entry in found["artifacts"]}
    assert purls == {str(package.purl).partition("?")[0] for package in PACKAGES}
    assert found["distro"]["id"] == "alpine"


@pytest.mark.parametrize(
    ("image", "kind", "ecosystem"),
    [
        ("alpine/alpine-3.10-docker-archive.tar.gz", "apk", "Alpine:v3.10"),
        ("rpm/almalinux-9.0-micro-20220901-aarch64-rootfs.tar.xz", "rpm", "AlmaLinux:9"),
    ],
)
def test_we_read_syft(image: str, kind: str, ecosystem: str, tmp_path: Path) -> None:
    """Syft's document of a real image gives the counted packages, each with its source."""
    target = str(data_root() / "images" / image)
    if "docker-archive" not in image:
        subprocess.run(["tar", "-xf", target, "-C", str(tmp_path)], check=True)
        target = f"dir:{tmp_path}"
    else:
        (tmp_path / "image.tar").write_bytes(gzip.decompress(Path(target).read_bytes()))
        target = f"docker-archive:{tmp_path / 'image.tar'}"
    inventory, _, _ = read(syft("scan", target, "-o", "cyclonedx-json"), Limits())
    found = [package for package in inventory.packages if package.type == kind]
    (counted,) = [
        entry["expected_packages"]
        for entry in data_json("images.json")["images"]
        if entry["file"].endswith(image)
    ]
    assert len(found) == counted
    assert [p.name for p in found if not p.source] == ["gpg-pubkey"] * (kind == "rpm")
    assert inventory.system is not None
    assert inventory.system.ecosystem == ecosystem
