"""A real Podman and a real containerd give what the archive of the same image gives."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from dunnage.io.local_socket import probe
from flows.small_world import FOUND, LAYERS, ids, mirror, stock
from images import write_docker_archive
from processes import run
from support import need, short_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.judge

NAME = "localhost/team/app:1"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with an archive of an image; advisories lie in ``cache``."""
    root = tmp_path_factory.mktemp("engines")
    stock(root / "cache", mirror(root / "mirror"))
    write_docker_archive(root / "app.tar", LAYERS, tags=[NAME])
    return root


@contextmanager
def serving(file: str, *words: str | Path) -> Iterator[None]:
    """Run a server until the end of a ``with`` statement; wait for its socket file."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(200):
                try:
                    probe(file)
                except OSError:
                    time.sleep(0.05)
                else:
                    break
            else:
                pytest.skip(f"{words[0]} does not run here")
            yield
        finally:
            server.terminate()


@pytest.fixture
def short() -> Iterator[Path]:
    """Return an empty directory with a short path, as socket files need."""
    with short_folder() as folder:
        yield folder


def scanned(here: Path, target: str, *words: str, **environ: str) -> dict[str, Any]:
    """Return the report on an image, which was read without a network."""
    given = ("--offline", "--cache-dir", str(here / "cache"), "-o", "json", *words)
    done = run("scan", target, *given, cwd=here, environ=environ)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def facts(report: dict[str, Any]) -> list[Any]:
    """Return packages, findings and layers, which do not depend on where an image is read."""
    (subject,) = report["subjects"]
    layers = [layer["diff_id"] for layer in subject["image"]["layers"]]
    found = [{k: v for k, v in f.items() if k != "target"} for f in subject["findings"]]
    return [subject["packages"], found, layers, subject["problems"], subject["image"]["user"]]


def tool(*words: str | Path) -> str:
    """Run another program to its end."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip(f"{words[0]} does not work here: {done.stderr[-200:]}")
    return done.stdout


def test_podman(here: Path, short: Path) -> None:
    """By full name, by the name without localhost, by id; through both schemes."""
    need("podman")
    store = ("--root", short / "root", "--runroot", short / "run", "--storage-driver", "vfs")
    tool("podman", *store, "load", "-i", here / "app.tar")
    expected = scanned(here, "docker-archive:app.tar")
    assert ids(expected) == FOUND
    file = f"{short}/s"
    url = f"unix://{file}"
    with serving(file, "podman", *store, "system", "service", "--time=60", url):
        image = expected["subjects"][0]["image"]["config_digest"]
        for target in (f"podman:{NAME}", "podman:team/app:1", f"podman:{image}", f"docker:{NAME}"):
            report = scanned(here, target, CONTAINER_HOST=url, DOCKER_HOST=url)
            assert facts(report) == facts(expected)
            assert report["subjects"][0]["image"]["config_digest"] == image
        done = run("sbom", "podman:team/ap:1", cwd=here, CONTAINER_HOST=url)
        assert (done.returncode, done.stdout) == (3, "")
        assert f"did you mean {NAME}?" in done.stderr


def test_containerd(here: Path, short: Path) -> None:
    """In the namespace it is in, whichever that is."""
    need("containerd", "ctr")
    file = str(short / "s")
    settings = short / "config.toml"
    settings.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
    words = ("--config", settings, "--root", short / "root", "--state", short / "state")
    expected = scanned(here, "docker-archive:app.tar")
    with serving(file, "containerd", *words, "--address", file):
        into = ("-a", file, "-n", "k8s.io", "images", "import", "--no-unpack")
        tool("ctr", *into, here / "app.tar")
        report = scanned(here, f"containerd:{NAME}", CONTAINERD_ADDRESS=file)
        assert facts(report) == facts(expected)
        known = tool("ctr", "-a", file, "-n", "k8s.io", "images", "list")
        assert report["subjects"][0]["image"]["digest"] in known
        done = run("sbom", "containerd:team/app:1", cwd=here, CONTAINERD_ADDRESS=file)
        assert (done.returncode, done.stdout) == (3, "")
        assert f"did you mean {NAME}?" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user who may change to another")
def test_without_permission(short: Path) -> None:
    """Somebody who may not use a socket is told so, and what to do instead."""
    need("setpriv")
    short.chmod(0o755)
    file = short / "s"
    with serving(str(file), "python3", "-c", LISTENING, str(file)):
        file.chmod(0o600)
        nobody = ("setpriv", "--reuid=65534", "--clear-groups")
        done = run("sbom", "docker:app", before=nobody, DOCKER_HOST=f"unix://{file}", HOME="/")
    assert done.returncode == 3
    assert f"{file} (no permission)" in done.stderr
    assert "docker save" in done.stderr


LISTENING = (
    "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]);"
    "s.listen(); time.sleep(60)"
)
