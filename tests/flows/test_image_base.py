"""Every scan of an image says what it was built on, and the Dockerfile's FROM line what would do."""

from __future__ import annotations

import gzip
import json
import lzma
from typing import TYPE_CHECKING

import pytest

from dunnage.render._base import base_line
from flows.helpers_scan import scanned
from images import (
    OCI_MANIFEST,
    add_to_index,
    image_config,
    layer_tar,
    put_blob,
    sha256,
    write_docker_archive,
)
from processes import run
from schemas import report_errors
from support import data_root

if TYPE_CHECKING:
    from pathlib import Path

MINBASE = "dpkg/debian-bookworm-minbase-dpkgdb.tar.gz"
HISTORY = [
    {"created_by": "/bin/sh -c #(nop) ADD file:1 in / "},
    {"created_by": "RUN /bin/sh -c pip install flask # buildkit"},
    {"created_by": "COPY app /app # buildkit"},
]
STEPS = 'RUN pip install flask\nCOPY app /app\nCMD ["python", "/app/main.py"]\n'
OFFLINE = ("--offline", "--cache-dir", "cache")
NAME = "dockerfile/heavy-base-image"


def real(name: str) -> bytes:
    """Return a layer with the content of a shared image, or with a shared program."""
    data = (data_root() / "images" / name).read_bytes()
    if name.endswith(".elf"):
        return layer_tar({"server": data})
    return lzma.decompress(data) if name.endswith(".xz") else gzip.decompress(data)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (MINBASE, "looks like Debian GNU/Linux 12 (slim)"),
        (
            "dpkg/debian-bookworm-devtools-slice.tar.gz",
            (
                "looks like Debian GNU/Linux 12 (full); debian:12-slim keeps glibc, drops "
                "compilers, manual pages, documentation and locales"
            ),
        ),
        (
            "dpkg/debian-trixie-distroless-like-statusd.tar.gz",
            "looks like Debian GNU/Linux 13 (distroless)",
        ),
        ("dpkg/ubuntu-18.04-texlive-dpkgdb.tar.gz", "looks like Ubuntu 18.04 (full)"),
        (
            "alpine/alpine-minirootfs-3.19.4-x86_64.tar.gz",
            "looks like Alpine Linux v3.19 (alpine)",
        ),
        (
            "rpm/almalinux-9.0-micro-20220901-aarch64-rootfs.tar.xz",
            "looks like AlmaLinux 9.0 (minimal)",
        ),
        (
            "lang/go-esbuild-0.17.0-buildinfo.elf",
            "looks like one program and nothing of a distribution (scratch)",
        ),
        # No package, no release file, four hundred programs: nobody knows what that is.
        ("busybox/busybox-latest-musl-amd64-rootfs.tar.gz", ""),
        ("lang/python-npm-vulnerable-app.tar.gz", ""),
    ],
)
def test_real_contents_look_like_their_tier(name: str, line: str, tmp_path: Path) -> None:
    """Published root file systems without a name are told by what is in them."""
    write_docker_archive(tmp_path / "app.tar", [real(name)])
    subject = scanned(f"docker-archive:{tmp_path}/app.tar", tmp_path / "cache").subjects[0]
    assert (base_line(subject.base) if subject.base else "") == line


def test_a_saved_image_says_its_name(tmp_path: Path) -> None:
    """The archive of alpine:3.10 is that image, whatever the file is called."""
    path = data_root() / "images/alpine/alpine-3.10-docker-archive.tar.gz"
    base = scanned(f"docker-archive:{path}", tmp_path).subjects[0].base
    assert base is not None
    assert (base.image, base.known_by, base.tier) == ("alpine:3.10", "name", "alpine")


def test_an_annotation_of_the_manifest_names_the_base(tmp_path: Path) -> None:
    """BuildKit and Buildah write it there; the configuration does not have it."""
    layer = real(MINBASE)
    config = image_config([sha256(layer)])
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": put_blob(
            tmp_path / "app",
            json.dumps(config).encode(),
            "application/vnd.oci.image.config.v1+json",
        ),
        "layers": [put_blob(tmp_path / "app", layer, "application/vnd.oci.image.layer.v1.tar")],
        "annotations": {"org.opencontainers.image.base.name": "docker.io/library/debian:12"},
    }
    add_to_index(
        tmp_path / "app", put_blob(tmp_path / "app", json.dumps(manifest).encode(), OCI_MANIFEST)
    )
    report = scanned(f"oci-dir:{tmp_path}/app", tmp_path / "cache")
    base = report.subjects[0].base
    assert base is not None
    assert base_line(base) == (
        "docker.io/library/debian:12 as its manifest says (full); "
        "docker.io/library/debian:12-slim keeps glibc, drops manual pages, documentation and "
        "locales"
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a directory with an image that fits the Dockerfile beside it."""
    layers = [real(MINBASE), layer_tar({"x": b"1"}), layer_tar({"app/main.py": b"print()"})]
    write_docker_archive(tmp_path / "app.tar", layers, tags=("shop:1",), history=HISTORY)
    (tmp_path / "Dockerfile").write_text(
        f"# app\nARG V=3.12\nFROM python:${{V}}-bookworm AS base\n{STEPS}"
    )
    return tmp_path


def test_the_from_line_has_a_finding(shop: Path) -> None:
    """It lies in the Dockerfile, is low, counts in the gate at low only, and fits the schema."""
    words = ("scan", "docker-archive:app.tar", *OFFLINE, "--dockerfile", "Dockerfile", "-o", "json")
    done = run(*words, "--fail-on", "low", cwd=shop)
    value = json.loads(done.stdout)
    assert report_errors(value) == []
    subject = value["subjects"][0]
    base = subject["base"]
    assert (base["image"], base["known_by"], base["tier"]) == (
        "python:3.12-bookworm",
        "dockerfile",
        "full",
    )
    assert base["lighter"][0]["image"] == "python:3.12-slim-bookworm"
    [finding] = [one for one in subject["findings"] if one["id"] == NAME]
    assert (finding["kind"], finding["severity"]) == ("misconfiguration", "low")
    assert "python:3.12-slim-bookworm does not" in finding["message"]
    place = finding["locations"][0]
    assert (place["path"], place["line"], place["region"]["column"]) == ("Dockerfile", 3, 6)
    assert value["gate"]["failed_fingerprints"] == [finding["fingerprint"]]
    assert [rule["id"] for rule in value["rules"]] == [NAME]
    higher = json.loads(run(*words, "--fail-on", "medium", cwd=shop).stdout)
    assert higher["gate"]["failed"] == 0


def test_every_format_shows_the_line_of_the_file(shop: Path) -> None:
    """Formats for editors and code scanning point at FROM, and not inside the image."""
    words = ("scan", "docker-archive:app.tar", *OFFLINE, "--dockerfile", "Dockerfile", "-q")
    names = ("sarif", "checkstyle", "github-annotations", "markdown", "html", "table")
    run(*words, *(word for name in names for word in ("-o", f"{name}={name}")), cwd=shop)
    result = json.loads((shop / "sarif").read_text())["runs"][0]["results"][0]
    [place] = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "Dockerfile"
    assert place["physicalLocation"]["region"]["startLine"] == 3
    assert "relatedLocations" not in result
    assert '<file name="Dockerfile">\n    <error line="3"' in (shop / "checkstyle").read_text()
    assert "file=Dockerfile,line=3" in (shop / "github-annotations").read_text()
    line = "python:3.12-bookworm (full); python:3.12-slim-bookworm keeps glibc and the interpreter"
    assert f"Base: {line}" in (shop / "markdown").read_text()
    assert f"<dt>Base</dt><dd>{line}" in (shop / "html").read_text()
    assert "Base     python:3.12-bookworm (full);" in (shop / "table").read_text()


def test_convert_says_the_same(shop: Path) -> None:
    """A stored report gives the same bytes, and the file may also be named later."""
    scan = ("scan", "docker-archive:app.tar", *OFFLINE, "--fail-on", "low")
    file = ("--dockerfile", "Dockerfile")
    run(*scan, *file, "-q", "-o", "json=with.json", "-o", "table=with.txt", cwd=shop)
    run(*scan, "-q", "-o", "json=without.json", cwd=shop)
    again = run("convert", "with.json", "-o", "table", cwd=shop)
    assert again.stdout == (shop / "with.txt").read_text()
    later = run("convert", "without.json", *file, "-o", "table", cwd=shop)
    assert later.stdout == (shop / "with.txt").read_text()
    twice = run("convert", "with.json", *file, "-o", "table", cwd=shop)
    assert twice.stdout == (shop / "with.txt").read_text()


def test_waivers_and_comments_hold_for_it(shop: Path) -> None:
    """What was decided for lint, in the file or in the settings, holds in a scan too."""
    words = ("scan", "docker-archive:app.tar", *OFFLINE, "--dockerfile", "Dockerfile", "-o", "json")
    (shop / "dunnage.toml").write_text(
        f'[[waivers]]\nid = "{NAME}"\nowner = "me"\nreason = "gcc at run time"\n'
        "expires = 2099-01-01\n"
    )
    waived = json.loads(run(*words, "--fail-on", "low", cwd=shop).stdout)
    assert [one["status"] for one in waived["subjects"][0]["findings"]] == ["waived"]
    assert waived["gate"]["failed"] == 0
    text = (shop / "dunnage.toml").read_text()
    (shop / "dunnage.toml").write_text(f'{text}paths = ["other/*"]\n')
    other = json.loads(run(*words, cwd=shop).stdout)
    assert [one["status"] for one in other["subjects"][0]["findings"]] == ["open"]
    assert "waiver-unused" not in {one["code"] for one in other["problems"]}
    (shop / "dunnage.toml").unlink()
    text = (shop / "Dockerfile").read_text()
    comment = "# dunnage: ignore[heavy-base-image] gcc at run time\n"
    (shop / "Dockerfile").write_text(text.replace("FROM", f"{comment}FROM"))
    ignored = json.loads(run(*words, cwd=shop).stdout)
    assert [one["status"] for one in ignored["subjects"][0]["findings"]] == ["suppressed"]


@pytest.mark.parametrize(
    ("first", "base"),
    [
        ("FROM python:3.12-slim-bookworm", ("python:3.12-slim-bookworm", "dockerfile")),
        ("FROM corp.example/python:3.12", ("corp.example/python:3.12", "dockerfile")),
        ("FROM alpine:3.19", (None, "content")),
        ("ARG BASE\nFROM $BASE", (None, "content")),
        # Two of three steps are not in the history, so it is the file of another image.
        ("FROM python:3.12\nRUN make a\nRUN make b\nRUN make c", (None, "content")),
    ],
)
def test_without_a_lighter_base_there_is_no_finding(
    first: str, base: tuple[str | None, str], shop: Path
) -> None:
    """A light, unknown or contradicted base is nothing to complain about."""
    (shop / "Dockerfile").write_text(f"{first}\n{STEPS}")
    words = ("scan", "docker-archive:app.tar", *OFFLINE, "--dockerfile", "Dockerfile", "-o", "json")
    subject = json.loads(run(*words, cwd=shop).stdout)["subjects"][0]
    assert (subject["base"]["image"], subject["base"]["known_by"]) == base
    assert subject["findings"] == []


def test_a_damaged_base_in_a_stored_report_is_told(shop: Path) -> None:
    """A word that is none of those it can be is a problem, and no traceback."""
    words = ("scan", "docker-archive:app.tar", *OFFLINE, "-q", "-o", "json=report.json")
    run(*words, cwd=shop)
    value = json.loads((shop / "report.json").read_text())
    value["subjects"][0]["base"]["tier"] = "enormous"
    (shop / "report.json").write_text(json.dumps(value))
    done = run("convert", "report.json", "-o", "table", cwd=shop)
    assert "unknown tier 'enormous'" in done.stdout
    assert "Traceback" not in done.stderr
    assert done.returncode in {3, 4}
