"""Several formats in one run, valid by their schemas; and what goes to which stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from flows.small_world import FOUND, ids, local_forms, mirror, stock
from processes import run
from schemas import cyclonedx_errors, report_errors, sarif_errors
from support import data_root

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"json": "app.json", "cyclonedx-json": "app.cdx.json", "sarif": "app.sarif"}
ALL = ("-o", "table", *(word for pair in FILES.items() for word in ("-o", "=".join(pair))))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with an image in ``layout`` and a cache in ``cache``."""
    root = tmp_path_factory.mktemp("outputs")
    stock(root / "cache", mirror(root / "mirror"))
    local_forms(root)
    return root


def parsed(path: Path) -> Any:  # noqa: ANN401 - JSON has every type
    """Return a parsed file."""
    return json.loads(path.read_text(encoding="utf-8"))


def test_four_formats_in_one_run(here: Path) -> None:
    """A table on stdout and three files, all about the same findings."""
    words = ("--cache-dir", "cache", "--fail-on", "high", *ALL)
    done = run("scan", "oci-dir:layout", *words, cwd=here)
    assert done.returncode == 1
    assert all(name in done.stdout for name in FOUND)
    assert done.stderr.splitlines() == [
        "wrote json to app.json",
        "wrote cyclonedx-json to app.cdx.json",
        "wrote sarif to app.sarif",
    ]
    assert ids(parsed(here / "app.json")) == FOUND
    assert report_errors(parsed(here / "app.json")) == []
    bom = parsed(here / "app.cdx.json")
    assert sorted(v["id"] for v in bom["vulnerabilities"]) == FOUND
    results = parsed(here / "app.sarif")["runs"][0]["results"]
    assert sorted(result["ruleId"] for result in results) == FOUND


REAL = {
    "apk": "images/alpine/alpine-3.10-docker-archive.tar.gz",
    "rpm": "images/rpm/almalinux-9.0-micro-20220901-aarch64-rootfs.tar.xz",
    "deb": "images/dpkg/debian-buster-2019-reconstructed-dpkgdb.tar.gz",
    "no data": "images/dpkg/debian-trixie-minbase-dpkgdb.tar.gz",
    "applications": "images/lang/python-npm-vulnerable-app.tar.gz",
    "jars": "images/lang/java-jars.tar.gz",
    "none": "images/busybox/busybox-latest-musl-amd64-rootfs.tar.gz",
}


SLOW = {"rpm", "applications", "jars"}
"""Validating what they give takes many seconds."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.judge] if n in SLOW else []) for n in REAL]
)
def test_documents_of_real_images_are_valid(name: str, stocked: Path, tmp_path: Path) -> None:
    """Our schema for JSON, the official ones for CycloneDX and SARIF, on real images."""
    target = str(data_root() / REAL[name])
    done = run("scan", target, "--offline", "--cache-dir", stocked, *ALL, cwd=tmp_path)
    assert done.returncode == (3 if name == "no data" else 0), done.stderr
    report = parsed(tmp_path / "app.json")
    assert report_errors(report) == []
    assert cyclonedx_errors(parsed(tmp_path / "app.cdx.json")) == []
    assert sarif_errors(parsed(tmp_path / "app.sarif")) == []
    width = max(len(line) for line in done.stdout.splitlines())
    assert width <= 80 or name == "jars"
    assert (len(ids(report)) > 0) == (name not in {"no data", "none"})


def test_streams(here: Path) -> None:
    """Results go to stdout alone; --quiet leaves nothing on stderr; files leave stdout empty."""
    words = ("scan", "oci-dir:layout", "--cache-dir", "cache")
    for quiet in ((), ("--quiet",)):
        done = run(*words, "-o", "json", *quiet, cwd=here)
        assert (done.returncode, done.stderr) == (0, "")
        json.loads(done.stdout)
    done = run(*words, "-o", "json=quiet.json", "-q", cwd=here)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert ids(parsed(here / "quiet.json")) == FOUND
    done = run("scan", "missing.tar", "-q", cwd=here)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("dunnage: missing.tar: ")


def test_colours(here: Path) -> None:
    """None in pipes and files, unless somebody forces them; NO_COLOR wins."""
    words = ("scan", "oci-dir:layout", "--cache-dir", "cache")
    assert "\x1b" not in run(*words, cwd=here).stdout
    forced = run(*words, cwd=here, FORCE_COLOR="1").stdout
    assert "\x1b[" in forced
    assert "\x1b" not in run(*words, cwd=here, FORCE_COLOR="1", NO_COLOR="1").stdout
    run(*words, "-o", "table=table.txt", cwd=here, FORCE_COLOR="1")
    assert "\x1b" not in (here / "table.txt").read_text()


def test_every_package_on_request(here: Path) -> None:
    """--list-all-pkgs shows packages without findings in the table; JSON always has them."""
    words = ("scan", "sbom:bom.cdx.json", "--cache-dir", "cache", "--severity", "critical")
    plain, full = (run(*words, *more, cwd=here).stdout for more in ((), ("--list-all-pkgs",)))
    assert "left" not in plain
    assert "left" in full
    report = json.loads(run(*words, "-o", "json", cwd=here).stdout)
    assert [len(s["packages"]) for s in report["subjects"]] == [3]


def test_an_sbom_is_scanned_like_its_image(here: Path) -> None:
    """``sbom`` writes valid CycloneDX with what ``scan`` of the image saw; scanning it agrees."""
    done = run("sbom", "oci-dir:layout", "--cache-dir", "cache", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    (here / "own.cdx.json").write_text(done.stdout)
    words = ("-o", "json", "--cache-dir", "cache")
    image, listed = (
        json.loads(run("scan", target, *words, cwd=here).stdout)["subjects"][0]
        for target in ("oci-dir:layout", "sbom:own.cdx.json")
    )
    assert [p["purl"] for p in image["packages"]] == [p["purl"] for p in listed["packages"]]
    prints = [[f["fingerprint"] for f in subject["findings"]] for subject in (image, listed)]
    assert prints[0] == prints[1]
