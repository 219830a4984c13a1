"""The container image is built for real, on stand-ins for its bases, and run as users run it.

The stand-ins are made of Debian packages by ``tools/image_bases.py`` and carry the names of the
published images, so that the Dockerfile is the one that is shipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from dunnage import __version__
from processes import run
from registry import command
from support import ROOT, data_root, need, short_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.judge

SAMPLE = "images/alpine/alpine-3.10-docker-archive.tar.gz"
BASES = {
    "builder.tar": "docker.io/library/python:3.13-slim-trixie",
    "runtime.tar": "gcr.io/distroless/python3-debian13:nonroot",
}
ENGINE = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
"""
TOOLS = re.compile(r"(?:ba|da|a|z|k|c)?sh|busybox|toybox|apt(?:-get)?|dpkg|apk|pip[0-9.]*|perl")
"""Programs that an attacker would be glad of, by base name."""


@dataclass(frozen=True)
class Image:
    """The image, and where it is.

    Attributes:
        archive: OCI archive.
        digest: Digest of its manifest, as the tool wrote it.
        told: What the tool printed.
        manifest: The manifest.
        config: The configuration.
        podman: The command with its global options.
        data: Shared test data.
    """

    archive: Path
    digest: str
    told: str
    manifest: dict[str, Any]
    config: dict[str, Any]
    podman: tuple[str, ...]
    data: Path

    def run(self, *words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run it as it is meant to be run: nothing can be written, no network, no privileges."""
        closed = ("--rm", "--read-only", "--read-only-tmpfs=false", "--network", "none")
        more = (
            "--cap-drop",
            "all",
            "--security-opt",
            "no-new-privileges",
            "-v",
            f"{self.data / 'images'}:/in:ro",
        )
        done = (*self.podman, "run", *closed, *more, *options, f"dunnage:{__version__}", *words)
        return subprocess.run(done, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Build the image twice in a store of its own."""
    need("apt-get", "dpkg-deb", "buildah", "podman", "runc")
    if os.geteuid() != 0:
        pytest.skip("not root: the builder's steps run in a chroot")
    data, folder = data_root(), tmp_path_factory.mktemp("image")
    with pytest.MonkeyPatch.context() as patch, short_folder() as short:
        (folder / "containers.conf").write_text(ENGINE)
        patch.setenv("CONTAINERS_CONF", str(folder / "containers.conf"))
        patch.setenv("BUILDAH_ISOLATION", "chroot")
        place = ("--root", f"{folder}/root", "--runroot", f"{short}/run", "--storage-driver", "vfs")
        bases(folder / "bases", ("buildah", *place))
        tool = (sys.executable, ROOT / "tools/image.py", folder / "out", "--twice")
        told = command(*tool, "--buildah", " ".join(("buildah", *place)))
        archive = folder / f"out/dunnage-{__version__}.tar"
        digest = archive.with_suffix(".digest").read_text().strip()
        manifest = blob(archive, digest)
        config = blob(archive, manifest["config"]["digest"])
        yield Image(archive, digest, told, manifest, config, ("podman", *place), data)


def bases(folder: Path, buildah: tuple[str, ...]) -> None:
    """Make the stand-ins and store them under the names of the published images."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools/image_bases.py", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 3:
        pytest.skip(f"no Debian packages to make base images of: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    for name, tag in BASES.items():
        container = command(*buildah, "from", "scratch").strip()
        command(*buildah, "add", "--quiet", container, folder / name, "/")
        command(*buildah, "config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin", container)
        command(*buildah, "commit", "--quiet", "--rm", container, tag)
    shutil.rmtree(folder)


def blob(archive: Path, digest: str) -> dict[str, Any]:
    """Return a JSON document of an OCI archive."""
    with tarfile.open(archive) as found:
        body = found.extractfile(f"blobs/{digest.replace(':', '/')}")
        assert body is not None
        value: dict[str, Any] = json.load(body)
        return value


def entries(image: Image) -> dict[str, tarfile.TarInfo]:
    """Return every entry of every layer by its path."""
    found: dict[str, tarfile.TarInfo] = {}
    with tarfile.open(image.archive) as outer:
        for layer in image.manifest["layers"]:
            body = outer.extractfile(f"blobs/{layer['digest'].replace(':', '/')}")
            with tarfile.open(fileobj=body) as inner:
                found |= {entry.name.removeprefix("./"): entry for entry in inner}
    return found


def locked() -> set[str]:
    """Return the names of the packages that the image installs, Dunnage among them."""
    text = (ROOT / "action/requirements.txt").read_text()
    return {"dunnage", *re.findall(r"^([\w-]+)==", text, re.MULTILINE)}


def test_two_builds_are_one(image: Image) -> None:
    """The same sources on the same bases give the same digest, which is the one written down."""
    assert "two builds gave the same digest" in image.told
    assert image.digest in image.told
    with tarfile.open(image.archive) as found:
        index = found.extractfile("index.json")
        assert index is not None
        assert [m["digest"] for m in json.load(index)["manifests"]] == [image.digest]


def test_it_follows_its_own_advice(image: Image) -> None:
    """No shell, no package manager, nothing setuid, a numeric user, no build tools, labels."""
    found = entries(image)
    assert len(found) > 2000
    files = [path for path, entry in found.items() if not entry.isdir()]
    assert [path for path in files if TOOLS.fullmatch(path.rpartition("/")[2])] == []
    assert [path for path, entry in found.items() if entry.mode & 0o6000] == []
    assert not any("/hatchling" in path for path in found)
    assert {entry.uid for path, entry in found.items() if path in {"cache", "scan"}} == {65532}
    told = image.config["config"]
    assert told["User"] == "65532:65532"
    assert told["Entrypoint"] == ["/usr/bin/python3", "-IB", "-m", "dunnage"]
    labels = {key.removeprefix("org.opencontainers.image."): v for key, v in told["Labels"].items()}
    assert labels["version"] == __version__
    assert labels["licenses"] == "Apache-2.0"
    assert labels["title"] == "Dunnage"
    assert image.config["created"].endswith("Z")
    assert sum(layer["size"] for layer in image.manifest["layers"]) < 40_000_000


def test_scanners_see_what_is_in_it(image: Image) -> None:
    """The SBOMs beside the image list its Debian packages and its Python packages, no others."""
    folder = "var/lib/dpkg/status.d/"
    debian = {
        path.removeprefix(folder)
        for path, entry in entries(image).items()
        if path.startswith(folder) and entry.isreg() and not path.endswith(".md5sums")
    }
    assert {"libc6", "libssl3t64", "python3.13-minimal"} <= debian
    listed = json.loads(image.archive.with_suffix(".cdx.json").read_bytes())
    purls = [c["purl"] for c in listed["components"] if "purl" in c]
    names = {
        kind: {p.partition("@")[0].rpartition("/")[2] for p in purls if p.startswith(f"pkg:{kind}")}
        for kind in ("deb", "pypi")
    }
    assert {name.replace(".", "-") for name in names["pypi"]} == locked()
    assert {name.replace("%2B", "+") for name in names["deb"]} == debian
    assert len(purls) == len(debian) + len(locked())
    spdx = json.loads(image.archive.with_suffix(".spdx.json").read_bytes())
    assert len([p for p in spdx["packages"] if p.get("externalRefs")]) >= len(purls)


def plain(purls: Iterable[str]) -> set[str]:
    """Return package URLs without qualifiers, in the one spelling that PEP 503 gives a name."""
    return {unquote(purl.partition("?")[0]).replace("backports.", "backports-") for purl in purls}


def test_another_scanner_sees_the_same(image: Image) -> None:
    """Syft lists exactly the packages that the SBOM beside the image lists."""
    need("syft")
    target = f"oci-archive:{image.archive}"
    theirs = json.loads(command("syft", "scan", "--quiet", target, "-o", "cyclonedx-json"))
    ours = json.loads(image.archive.with_suffix(".cdx.json").read_bytes())
    listed = [plain(c["purl"] for c in s["components"] if "purl" in c) for s in (ours, theirs)]
    assert listed[0] == listed[1]
    assert len(listed[0]) > 30


def test_its_own_verdict(image: Image, stocked: Path) -> None:
    """Dunnage scans itself: nothing is known of its libraries, and what it cannot know is said.

    The shared advisory data knows nothing of Debian 13, which must not look like "nothing found".
    """
    target = f"oci-archive:{image.archive}"
    page = image.archive.with_name("verdict.txt")
    words = ("--offline", "--cache-dir", stocked)
    done = run("scan", target, *words, "-o", "json", "-o", f"table={page}")
    print(page.read_text())
    subject = json.loads(done.stdout)["subjects"][0]
    assert (done.returncode, subject["findings"]) == (3, [])
    assert "no-advisory-data" in {problem["code"] for problem in subject["problems"]}
    only = run("scan", target, *words, "--pkg-types", "library")
    assert only.returncode == 0, only.stdout


def test_it_runs_closed(image: Image, stocked: Path, tmp_path: Path) -> None:
    """Without a cache it works and says what that means; with one it gives every exit code."""
    assert image.run("--version").stdout == f"dunnage {__version__}\n"
    assert "\nusage: dunnage VERB" in image.run().stdout
    target = f"docker-archive:/in/{SAMPLE.removeprefix('images/')}"
    assert "no temporary file could be written" in image.run("scan", target).stderr
    bare = image.run("scan", target, options=("--tmpfs", "/tmp:mode=1777"))
    assert bare.returncode == 4
    assert "/cache: the cache directory cannot be written" in bare.stderr
    refused = image.run("db", "update", "--from", "/in")
    assert refused.returncode == 2
    assert "--cache-dir or DUNNAGE_CACHE_DIR" in refused.stderr
    cache = tmp_path / "cache"
    shutil.copytree(stocked, cache)
    for path in (cache, *cache.rglob("*")):
        os.chown(path, 65532, 65532)
    kept = ("-v", f"{cache}:/cache")
    told = {
        0: ("scan", target, "--skip-db-update"),
        1: ("scan", target, "--skip-db-update", "--fail-on", "high"),
        2: ("scan", target, "--fail-on", "dire"),
        3: ("scan", "docker-archive:/in/missing.tar", "--skip-db-update"),
    }
    done = {code: image.run(*words, options=kept) for code, words in told.items()}
    assert {code: one.returncode for code, one in done.items()} == {code: code for code in told}
    assert "Alpine Linux v3.10" in done[0].stdout
    assert not any("Traceback" in one.stdout + one.stderr for one in done.values())
    words = (
        "scan",
        target,
        "-o",
        "template",
        "--template",
        "{{ report.subjects | length }} subject",
    )
    assert image.run(*words, "--skip-db-update", options=kept).stdout == "1 subject"


def test_the_container_and_this_machine_say_the_same(image: Image, stocked: Path) -> None:
    """The report made inside the image is the one made here."""
    words = ("sbom", f"docker-archive:{image.data / SAMPLE}", "--offline", "--cache-dir", stocked)
    here = json.loads(run(*words).stdout)
    room = ("--tmpfs", "/tmp:mode=1777")
    there = json.loads(image.run("sbom", f"docker-archive:/in/{SAMPLE[7:]}", options=room).stdout)
    assert here["components"] == there["components"]


def test_the_version_is_the_one_of_the_sources() -> None:
    """A plain ``docker build .`` labels the image with the version it installs."""
    assert f"\nARG VERSION={__version__}\n" in (ROOT / "Dockerfile").read_text()
