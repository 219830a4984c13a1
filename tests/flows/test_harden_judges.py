"""The worked examples are built before and after, and answer the same request.

The bases are stand-ins under the names of the published images (``tests/stand_ins.py``), and the
Dockerfiles are built as they are.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import stand_ins
from processes import run
from registry import command
from support import ROOT, need, short_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.judge

EXAMPLES = ROOT / "examples/harden"
BUILT = ("go", "python", "node", "from-ubuntu-go")
_WAIT = 60.0
"""Seconds a server may take to answer the first time."""


@dataclass(frozen=True)
class Engine:
    """A store of its own with the bases in it.

    Attributes:
        buildah: The command with its global options.
        podman: The same.
        repository: Where the stand-in for Ubuntu gets its packages.
        cache: What Go has compiled already, so that its library is not compiled for each image.
    """

    buildah: tuple[str, ...]
    podman: tuple[str, ...]
    repository: Path
    cache: Path

    def build(self, dockerfile: Path, context: Path, tag: str) -> None:
        """Build an image."""
        # Docker's format: the other has no room for HEALTHCHECK.
        words = ("bud", "--quiet", "--layers=false", "--format", "docker", "--pull-never")
        places = (
            f"{self.repository}:{stand_ins.REPOSITORY}:ro",
            f"{self.cache}:/root/.cache/go-build",
        )
        mounted = [word for place in places for word in ("--volume", place)]
        command(*self.buildah, *words, *mounted, "-t", tag, "-f", dockerfile, context)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Make the bases once."""
    need("apt-get", "dpkg-deb", "buildah", "podman", "runc", "go", "npm")
    if os.geteuid() != 0:
        pytest.skip("not root: the builder's steps run in a chroot")
    folder = tmp_path_factory.mktemp("harden")
    (folder / "containers.conf").write_text(stand_ins.ENGINE)
    with pytest.MonkeyPatch.context() as patch, short_folder() as short:
        patch.setenv("CONTAINERS_CONF", str(folder / "containers.conf"))
        patch.setenv("BUILDAH_ISOLATION", "chroot")
        place = (
            "--root",
            f"{folder}/root",
            "--runroot",
            f"{short}/run",
            "--storage-driver",
            "vfs",
        )
        (folder / "cache").mkdir()
        packages = folder / "packages"
        made = Engine(("buildah", *place), ("podman", *place), packages, folder / "cache")
        stand_ins.make(folder / "bases", made.repository, made.buildah)
        yield made
        subprocess.run([*made.podman, "rmi", "--all", "--force"], capture_output=True, check=False)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def answer(engine: Engine, tag: str, *options: str) -> str:
    """Start an image, and return what it says to a request."""
    port = free_port()
    published = ("-d", "-p", f"127.0.0.1:{port}:8080", *options)
    container = command(*engine.podman, "run", *published, tag).strip()
    try:
        return asked(port)
    except TimeoutError:
        told = subprocess.run([*engine.podman, "logs", container], capture_output=True, check=False)
        pytest.fail(f"{tag} did not answer: {(told.stdout + told.stderr).decode()[-2000:]}")
    finally:
        command(*engine.podman, "rm", "--force", "--time", "0", container)


def asked(port: int) -> str:
    """Return the answer of a server that may still be starting."""
    end = time.monotonic() + _WAIT
    while time.monotonic() < end:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/?name=smoke")
            return line.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            line.close()
    raise TimeoutError


def packages(engine: Engine, tag: str, folder: Path) -> int:
    """Return how many packages our own inventory finds in an image."""
    archive = folder / f"{tag.replace(':', '-')}.tar"
    command(*engine.podman, "save", "--quiet", "--format", "oci-archive", "-o", archive, tag)
    told = run("sbom", f"oci-archive:{archive}", "--offline", "-o", "cyclonedx-json")
    archive.unlink()
    assert told.returncode == 0, told.stderr
    return len([one for one in json.loads(told.stdout)["components"] if "purl" in one])


@pytest.mark.parametrize("language", BUILT)
def test_it_answers_as_before(language: str, engine: Engine, tmp_path: Path) -> None:
    """The hardened image is smaller, not root, closed, and gives the same answer."""
    context = tmp_path / "app"
    shutil.copytree(EXAMPLES / language, context)
    dockerfile = context / "Dockerfile"
    before, after = f"{language}:before", f"{language}:after"
    engine.build(dockerfile, context, before)
    done = run("harden", str(dockerfile), "--write")
    assert done.returncode == 0, done.stderr
    assert dockerfile.read_bytes() == (EXAMPLES / f"expected/{language}.Dockerfile").read_bytes()
    engine.build(dockerfile, context, after)
    closed = ("--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges")
    said = answer(engine, before)
    assert "smoke" in said
    assert answer(engine, after, *closed) == said
    config = json.loads(command(*engine.podman, "inspect", "--type", "image", after))[0]["Config"]
    assert config["User"] == "65532:65532"
    sizes = [stand_ins.size_of(engine.podman, tag) for tag in (before, after)]
    counts = [packages(engine, tag, tmp_path) for tag in (before, after)]
    print(
        f"{language}: {sizes[0] / 1e6:.1f} MB, {counts[0]} packages before; "
        f"{sizes[1] / 1e6:.1f} MB, {counts[1]} packages after ({said.strip()!r} both times)"
    )
    assert sizes[1] < sizes[0] * 0.75
    assert counts[1] < counts[0]
