"""What the first scan of an image in a registry fetches: the years of NVD that decide, no others."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import below, record, write_mirror
from dunnage.advisories.status import status
from flows.first_scan import (
    DEMO,
    NOW,
    asked_of,
    below_root,
    codes,
    files,
    got,
    said,
    scan_of,
    small_mirror,
    write_scores,
)
from flows.helpers_scan import docker_layers, scanned
from images import layer_tar
from processes import run
from support import data_root
from webserver import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_requests_of_a_first_scan(tmp_path: Path, pulled: Callable[..., str]) -> None:
    """Of NVD, the two years of the CVEs that were found, of OSV one ecosystem; then nothing."""
    layers = docker_layers(data_root() / "images/alpine/alpine-3.10-docker-archive.tar.gz")
    name = pulled(layers)
    with serving(files(data_root())) as server:
        first = scan_of(name, tmp_path / "cache", below_root(server))
        assert asked_of(server) == [
            "HEAD /osv/",
            "HEAD /kev/",
            "HEAD /epss/",
            "HEAD /epss/epss_scores-current.csv.gz",
            "HEAD /epss/epss_scores-current.csv",
            "GET /epss/",
            "HEAD /kev/known_exploited_vulnerabilities.json",
            "GET /kev/known_exploited_vulnerabilities.json",
            "GET /osv/ecosystems.txt",
            "GET /osv/Alpine/all.zip",
            "HEAD /nvd/",
            "GET /nvd/",
            "HEAD /nvd/nvdcve-2.0-2020.json.gz",
            "HEAD /nvd/nvdcve-2.0-2021.json.gz",
            "GET /nvd/nvdcve-2.0-2020.json.gz",
            "GET /nvd/nvdcve-2.0-2021.json.gz",
        ]
        second = scan_of(name, tmp_path / "cache", below_root(server))
        assert asked_of(server) == []
    assert said(first) == said(second)
    assert {finding[3] for finding in said(first)} >= {"nvd", "nvd-secondary"}
    assert (codes(first), codes(second)) == ([], [])
    assert status(tmp_path / "cache/advisories", NOW).scored == "2020-2021"
    done = run("db", "status", "--cache-dir", tmp_path / "cache")
    assert "scores    by NVD for CVEs of 2020-2021\n" in done.stdout


@pytest.mark.parametrize(
    ("path", "distro"),
    [
        ("alpine/alpine-3.10-docker-archive.tar.gz", ""),
        ("alpine/alpine-minirootfs-3.19.4-x86_64.tar.gz", "alpine/edge"),
        ("lang/python-npm-vulnerable-app.tar.gz", ""),
        ("lang/java-jars.tar.gz", ""),
        ("dpkg/debian-buster-2019-reconstructed-dpkgdb.tar.gz", ""),
        ("rpm/almalinux-9.0beta-micro-20220507-s390x-rpmdb-sqlite.tar.gz", ""),
    ],
)
def test_as_after_a_complete_update(
    path: str, distro: str, tmp_path: Path, stocked: Path, pulled: Callable[..., str]
) -> None:
    """Findings and severities are those that all the data gives, from a part of NVD."""
    archive = data_root() / "images" / path
    docker = path.endswith("docker-archive.tar.gz")
    name = pulled(docker_layers(archive) if docker else [gzip.decompress(archive.read_bytes())])
    with serving(files(data_root())) as server:
        found = scan_of(
            name, tmp_path / "cache", (server.url,), distro=distro, now=datetime.now(UTC)
        )
        years = [path for path in got(server) if path.startswith("/nvd/")]
    complete = scanned(f"registry:{name}", stocked, distro=distro, platform="linux/amd64")
    assert said(found) == said(complete)
    assert len(said(found)) > 1
    assert len(years) < 17
    assert [found.exit_code, found.subjects[0].problems] == [
        complete.exit_code,
        complete.subjects[0].problems,
    ]


def test_the_publishers_own_word_needs_no_score(tmp_path: Path, pulled: Callable[..., str]) -> None:
    """Nothing of NVD is fetched where the advisory says how bad it is, or no CVE is named."""
    severity = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}]
    told = [
        record("P-1", "PyPI", "demo", *below("2"), aliases=["CVE-2020-0001"], severity=severity),
        record("P-2", "PyPI", "demo", *below("2")),
        record("MAL-1", "PyPI", "demo", *below("2"), aliases=["CVE-2021-0001"]),
    ]
    root = write_mirror(tmp_path / "mirror", {"PyPI": told})
    write_scores(root, "CVE-2020-0001")
    with serving(files(root)) as server:
        report = scan_of(pulled([DEMO]), tmp_path / "cache", (server.url,))
        assert got(server) == ["/osv/PyPI/all.zip"]
    assert [finding[3] for finding in said(report)] == ["osv", "osv", ""]


def test_years_before_the_first_and_after_the_last(
    tmp_path: Path, pulled: Callable[..., str]
) -> None:
    """CVEs of 1999 are in the file of 2002; a year that cannot be is not asked for."""
    cves = ("CVE-1999-0001", "CVE-2002-0001", "CVE-2028-0001", "CVE-9999-0001", "CVE-1000-0001")
    root = small_mirror(tmp_path / "mirror", *cves)
    write_scores(root, "CVE-2002-0001", "CVE-1999-0001")
    with serving(files(root)) as server:
        report = scan_of(pulled([DEMO]), tmp_path / "cache", (server.url,))
        assert got(server) == ["/nvd/nvdcve-2.0-2002.json.gz", "/osv/PyPI/all.zip"]
    scored = {str(finding[0]) for finding in said(report) if finding[3] == "nvd"}
    assert scored == {"CVE-1999-0001", "CVE-2002-0001"}


def test_another_image_adds_its_years(tmp_path: Path, pulled: Callable[..., str]) -> None:
    """What is there stays, and is not asked for again."""
    other = layer_tar({"app/later-1.0.dist-info/METADATA": b"Name: later\nVersion: 1.0\n"})
    root = small_mirror(tmp_path / "mirror", "CVE-2020-0001")
    told = [
        record("P-1", "PyPI", "demo", *below("2"), aliases=["CVE-2020-0001"]),
        record("P-2", "PyPI", "later", *below("2"), aliases=["CVE-2021-0001"]),
    ]
    write_mirror(root, {"PyPI": told})
    write_scores(root, "CVE-2020-0001")
    write_scores(root, "CVE-2021-0001")
    names = (pulled([DEMO]), pulled([DEMO, other]))
    with serving(files(root)) as server:
        scan_of(names[0], tmp_path / "cache", (server.url,))
        assert got(server) == ["/nvd/nvdcve-2.0-2020.json.gz", "/osv/PyPI/all.zip"]
        report = scan_of(names[1], tmp_path / "cache", (server.url,))
        assert got(server) == ["/nvd/nvdcve-2.0-2021.json.gz"]
    assert [finding[3] for finding in said(report)] == ["nvd", "nvd"]
