"""The SBOMs that Syft makes of real images have the findings of the images themselves."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from flows.helpers_scan import docker_layers, scanned
from images import layer_tar, write_docker_archive
from support import data_root, need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dunnage.model.report import Report

pytestmark = pytest.mark.judge

FORMATS = {
    "cyclonedx-json": "cdx.json",
    "cyclonedx-xml": "cdx.xml",
    "spdx-json": "spdx.json",
    "spdx-tag-value": "spdx",
    "syft-json": "syft.json",
}
IMAGES = {
    "alpine/alpine-3.10-docker-archive.tar.gz": 20,
    "alpine/alpine-apkdb-3.16.9-x86_64.tar.gz": 1,
    "alpine/alpine-minirootfs-20240923-x86_64.tar.gz": 50,
    "dpkg/debian-buster-2019-reconstructed-dpkgdb.tar.gz": 50,
    "dpkg/debian-trixie-distroless-like-statusd.tar.gz": 0,
    "dpkg/ubuntu-18.04-texlive-dpkgdb.tar.gz": 1,
    "rpm/almalinux-8.9-micro-20231122-s390x-rpmdb-bdb-bigendian.tar.gz": 20,
    "rpm/almalinux-9.3-micro-20231124-aarch64-rpmdb-sqlite.tar.gz": 20,
    "rpm/cbl-mariner-2.0-rpmdb-sqlite.tar.gz": 0,
    "rpm/sle15-bci-rpmdb-ndb.tar.gz": 0,
    "lang/java-jars.tar.gz": 2,
    "lang/python-npm-vulnerable-app.tar.gz": 200,
    "lang/go-esbuild-0.17.0-buildinfo.elf": 50,
    "lang/rust-uv-0.13.9-depv0.elf": 2,
}
"""Images with the number of findings without which a comparison would prove nothing."""

DIFFERENT = {
    # Syft takes the version of this jar from a manifest that says 3.x, for want of Maven's files.
    "lang/java-jars.tar.gz": {("maven", "spring-beans", "4.3.30.release", "CVE-2022-22965")},
}
"""Findings of an image that its SBOM cannot have, because of what Syft wrote."""


def layers(name: str) -> list[bytes]:
    """Return the uncompressed layers of an image of the shared data."""
    path = data_root() / "images" / name
    if "docker-archive" in name:
        return docker_layers(path)
    data = path.read_bytes()
    if name.endswith(".elf"):
        return [layer_tar({"app/program": data}, mode=0o755)]
    openers = {".gz": gzip.decompress, ".xz": lzma.decompress, ".bz2": bz2.decompress}
    return [openers[path.suffix](data)]


def pairs(report: Report) -> Iterator[tuple[str, ...]]:
    """Give every finding with its package; SBOMs keep the normal spelling of Python's names."""
    (subject,) = report.subjects
    by_ref = {package.ref: package for package in subject.inventory.packages}
    for finding in subject.findings:
        package = by_ref.get(finding.package)
        if package is None:
            yield "", "", "", finding.id
        else:
            yield package.type, package.name.lower(), package.version.lower(), finding.id


@pytest.mark.parametrize("name", IMAGES)
def test_an_sbom_has_the_findings_of_its_image(name: str, tmp_path: Path, stocked: Path) -> None:
    """Whatever the format: the same pairs of package and vulnerability, and the same verdict."""
    need("syft")
    archive = tmp_path / "image.tar"
    write_docker_archive(archive, layers(name))
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    words = [f"--output={kind}={tmp_path}/{end}" for kind, end in FORMATS.items()]
    command = ["syft", "scan", "--quiet", f"docker-archive:{archive}", *words]
    subprocess.run(command, check=True, env=environment, timeout=300)
    image = scanned(f"docker-archive:{archive}", stocked)
    expected = set(pairs(image)) - DIFFERENT.get(name, set())
    assert len(set(pairs(image))) >= IMAGES[name]
    for end in FORMATS.values():
        listed = scanned(f"sbom:{tmp_path}/{end}", stocked)
        assert set(pairs(listed)) == expected, end
        assert listed.exit_code == image.exit_code, end
        assert scanned(f"{tmp_path}/{end}", stocked).subjects[0].source == "sbom"
