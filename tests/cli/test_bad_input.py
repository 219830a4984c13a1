"""Input that is broken or of another kind: the exact words a user gets, and at once."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import below, record, write_mirror
from advisories.mirrors import run as update
from bad_targets import NOISE, write_bad_targets
from dunnage.sources._resolve import schemes
from processes import run, told
from support import bound_by_permissions

if TYPE_CHECKING:
    from pathlib import Path

KINDS = "name an image archive, a root file system, a program or an SBOM"
LAYOUT = "a root file system is opened with dir:, a docker archive with docker-archive:"
NO_SBOM = "this is JSON, but no SBOM: it has no bomFormat and no spdxVersion"
SBOMS = "give CycloneDX (JSON, XML), SPDX 2 (JSON, tag-value), Syft JSON, or a list of purls"
SAVE = "save or fetch it again"
FILE = "name a file; a tar from a pipe is named - and read from standard input"
GONE = "there is no such file or directory"

REFUSED: dict[str, tuple[str, str]] = {
    "empty": ("empty: the file is empty", SAVE),
    "./empty.tar": ("./empty.tar: the file is empty", SAVE),
    "random": ("random: data of an unknown kind, nothing that can be examined", KINDS),
    "text": ("text: a text file, nothing that can be examined", KINDS),
    "folder": ("folder: the directory is empty", "name the one that holds the files"),
    "fifo": ("fifo: a named pipe, not a regular file", FILE),
    "/dev/zero": ("/dev/zero: a device, not a regular file", FILE),
    "cut.tar": ("cut.tar: the archive ends too early", "copy or save it again"),
    "cut.tar.gz": ("cut.tar.gz: the archive ends too early", "copy or save it again"),
    "cut-header.gz": ("cut-header.gz: the archive is empty, or damaged at its beginning", SAVE),
    "gzip-of-text.gz": ("gzip-of-text.gz: a gzip file that holds no tar archive", KINDS),
    "missing.tar": (f"missing.tar: {GONE}", "check the spelling"),
    "./whole.tra": (f"./whole.tra: {GONE}", "did you mean ./whole.tar?"),
    "docker-archive:missing": (f"missing: {GONE}", "check the spelling"),
    "docker-archive:text": ("text, byte 0: not a tar archive", "name a saved image"),
    "docker-archive:folder": ("folder: a directory, not a regular file", FILE),
    "docker-archive:fifo": ("fifo: a named pipe, not a regular file", FILE),
    "oci-archive:whole.tar": ("whole.tar: no OCI layout: it holds no index.json", LAYOUT),
    "oci-dir:folder": ("folder: no OCI layout: it holds no index.json", LAYOUT),
    "oci-dir:whole.tar": (
        "whole.tar: no directory",
        "the tar of a layout is opened with oci-archive:",
    ),
    "dir:text": ("text: a text file, nothing that can be examined", KINDS),
    "dir:missing": (f"missing: {GONE}", "check the spelling"),
    "dir:fifo": ("fifo: a named pipe, not a regular file", FILE),
    "file:folder": ("folder: a directory, not a file", "a directory is opened with dir:"),
    "file:text": ("text: a text file, nothing that can be examined", KINDS),
    "other.json": (f"other.json: {NO_SBOM}", SBOMS),
    "list.json": ("list.json: a text file, nothing that can be examined", KINDS),
    "cut.json": (
        "cut.json: not JSON: Expecting property name enclosed in double quotes at line 1 column 28",
        "",
    ),
    "sbom:other.json": (f"sbom:other.json: {NO_SBOM}", SBOMS),
    "sbom:whole.tar": ("sbom:whole.tar: this is no SBOM: it seems to be binary data", SBOMS),
    "sbom:random": ("sbom:random: this is no SBOM: it seems to be binary data", SBOMS),
    "void-layout": ("void-layout: no OCI layout: it holds no index.json", LAYOUT),
    "no-image": ("no-image: the layout holds no image", "save the image again"),
    "no-config": (
        "no-config, blobs/sha256/DIGEST: the image configuration is missing",
        "fetch or save the image again",
    ),
    "no-manifest": (
        "no-manifest, blobs/sha256/DIGEST: the manifest is missing",
        "fetch or save the image again",
    ),
    "other-manifest": (
        "other-manifest: the content is not what its digest sha256:DIGEST says",
        "fetch or make the image again; it is damaged or was tampered with",
    ),
    "two-images": (
        "two-images: the layout holds 2 images; one must be chosen",
        "write two-images#NAME with one of: a, b",
    ),
    "two-images#c": ("two-images: the layout holds no image c", "choose one of: a, b"),
    "whole.tar#none": ("whole.tar: the archive holds no image none", "choose one of: app:latest"),
    "--platform linux/arm64 whole.tar": (
        "whole.tar: the image is for linux/amd64, not for linux/arm64",
        "leave --platform out, or name another image",
    ),
    "--platform linux/arm64 foreign": (
        "foreign: no image for linux/arm64",
        "choose with --platform: linux/riscv64, linux/s390x",
    ),
    "windows": (
        "windows: an image for Windows (os: windows), which is not supported",
        "name a Linux image; --platform chooses one of several",
    ),
    "chart": (
        "chart: a Helm chart (application/vnd.cncf.helm.config.v1+json), not a container image",
        "name a container image",
    ),
    "docker:../app": (
        "docker:../app: not an image name: '..' is no registry host",
        "write it like alpine:3.19 or registry.example.com:5000/team/app:1.2",
    ),
    "Upper/Case": (
        (
            "Upper/Case: neither an existing path nor an image name: repository names have no capital "
            "letters: 'Case'"
        ),
        "write it like alpine:3.19 or registry.example.com:5000/team/app:1.2",
    ),
}
"""What a user writes in a directory with all bad targets; the message, and the advice below it."""

MISUSED: dict[str, tuple[str, str]] = {
    "oci-dri:whole.tar": (
        "oci-dri:whole.tar: there is no kind of target called 'oci-dri'",
        (
            "did you mean oci-dir:whole.tar? known are "
            + ", ".join(f"{name}:" for name in schemes())
        ),
    ),
    "docker-archive:": (
        "nothing follows docker-archive:",
        "write it like docker-archive:app.tar#app:1.2",
    ),
}
"""Likewise; these are usage errors."""

LAYER = "not examined: layer 1 (sha256:SHORT): "
AGAIN = "  fetch or save the image again"
DAMAGED: dict[str, tuple[str, ...]] = {
    "no-layer": (f"{LAYER}no-layer, blobs/sha256/DIGEST: the layer is missing", AGAIN),
    "cut-layer": (f"{LAYER}byte 20000: the gzip data ends too early", AGAIN),
    "flipped-layer": (f"{LAYER}byte 50325: the gzip data is damaged", AGAIN),
    "other-layer": (
        (
            f"{LAYER}the digest should be sha256:DIGEST and is sha256:DIGEST, so nothing in the layer "
            "was used"
        ),
        "  fetch the image again; if it stays wrong, the image was altered",
    ),
    "short-layer": (f"{LAYER}the digest should be sha256:DIGEST and is sha256:DIGEST, so",),
    "random-layer": (
        (
            f"{LAYER}byte 0 of the uncompressed tar: no tar header where one should be (wrong "
            "checksum)"
        ),
        "  fetch or save it again",
    ),
}
"""Images whose second layer is broken, and how lines of stderr begin, in their order."""

FOUND_ANYWAY = {"cut-layer": ["second"], "flipped-layer": ["second"]}
"""What was read of the broken layer before it broke: nothing of one whose digest is another's."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with every bad target, and advisories in ``cache``."""
    root = tmp_path_factory.mktemp("bad")
    write_bad_targets(root)
    records = [record("PYSEC-9", "PyPI", "first", *below("2.0"))]
    update(root / "cache/advisories", write_mirror(root / "mirror", {"PyPI": records}))
    return root


def scan(
    here: Path, text: str, *more: str, stdin: bytes = b"", lead: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Scan a target in less than a second of CPU time, without a traceback or a network."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = ("-o", "json", "--offline", "--cache-dir", "cache")
    done = run("scan", *text.split(), *words, *more, cwd=here, stdin=stdin, before=lead)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 4
    return done


def shown(here: Path, text: str) -> str:
    """Return stderr with digests and the directory of the test replaced."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text.replace(str(here), "HERE"))
    return re.sub(r"(?<=sha256:)[0-9a-f]{12}\b", "SHORT", text)


def expected(message: str, advice: str) -> str:
    """Return what stderr should be."""
    return f"dunnage: {message}\n" + (f"  {advice}\n" if advice else "")


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_read_is_refused(text: str, here: Path) -> None:
    """One message, with advice where there is any; nothing on stdout; exit code 3."""
    done = scan(here, text)
    assert (shown(here, done.stderr), done.stdout) == (expected(*REFUSED[text]), "")
    assert done.returncode == 3


@pytest.mark.parametrize("text", MISUSED)
def test_what_cannot_be_understood_is_a_usage_error(text: str, here: Path) -> None:
    """Likewise, with exit code 2."""
    done = scan(here, text)
    assert (shown(here, done.stderr), done.stdout) == (expected(*MISUSED[text]), "")
    assert done.returncode == 2


@pytest.mark.parametrize("content", [b"", b"hello\n" * 100, NOISE], ids=["empty", "text", "noise"])
def test_standard_input_that_is_no_tar(content: bytes, here: Path) -> None:
    """What comes on standard input is refused likewise, and called by its name."""
    done = scan(here, "-", stdin=content)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("dunnage: standard input")


@pytest.mark.parametrize("name", DAMAGED)
def test_a_broken_layer_costs_only_itself(name: str, here: Path) -> None:
    """The healthy layer is examined and matched; what is missing is told; exit code 3."""
    done = scan(here, f"oci-dir:{name}")
    lines = iter(shown(here, done.stderr).splitlines())
    for start in DAMAGED[name]:
        assert any(line.startswith(start) for line in lines), done.stderr
    report = json.loads(done.stdout)
    subject = report["subjects"][0]
    assert (done.returncode, report["exit_code"], report["complete"]) == (3, 3, False)
    names = [package["name"] for package in subject["packages"]]
    assert names == sorted(["first", *FOUND_ANYWAY.get(name, [])])
    assert [finding["id"] for finding in subject["findings"]] == ["PYSEC-9"]
    assert [problem["effect"] for problem in subject["problems"]][:1] == ["incomplete"]
    assert told(scan(here, f"oci-dir:{name}").stdout) == told(done.stdout)


def test_a_broken_target_beside_a_healthy_one(here: Path) -> None:
    """Of several targets the healthy ones are reported, and the exit code tells of the other."""
    done = scan(here, "whole.tar cut.tar", "--fail-on-unknown")
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert [len(s["packages"]) for s in report["subjects"]] == [2, 0]
    assert [p["code"] for p in report["subjects"][1]["problems"]] == ["target-unreadable"]
    assert report["gate"]["failed"] == 1


def test_sbom_refuses_the_same_way(here: Path) -> None:
    """The other verb that reads targets says the same."""
    for text in ("empty", "cut.tar", "chart", "missing.tar"):
        done = run("sbom", text, "--offline", cwd=here, DUNNAGE_CACHE_DIR="cache")
        assert (done.returncode, done.stdout) == (3, "")
        assert shown(here, done.stderr) == expected(*REFUSED[text])


def test_no_permission(here: Path) -> None:
    """A file that may not be read is told as such."""
    path = here / "secret.tar"
    path.write_bytes(b"x")
    path.chmod(0)
    done = scan(here, "secret.tar", lead=bound_by_permissions())
    assert (done.returncode, done.stdout) == (3, "")
    advice = "run it as somebody who may, or change its mode"
    assert done.stderr == expected("secret.tar: may not be read", advice)


def test_current_directory_is_gone(tmp_path: Path) -> None:
    """What needs it says so; what is named in full is examined all the same."""
    (tmp_path / "Dockerfile").write_text("FROM debian:12-slim\nUSER 1000\n")
    there = f"{sys.executable} -m dunnage lint -q"
    script = f"mkdir gone && cd gone && rmdir ../gone && {there} {{}}"
    for words, code in (("", 2), (f"{tmp_path}/Dockerfile", 0)):
        done = subprocess.run(
            ["sh", "-c", script.format(words)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code
        assert ("the current directory is not there any more" in done.stderr) is (code == 2)
