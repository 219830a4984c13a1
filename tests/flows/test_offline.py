"""``--offline`` opens no socket: by an audit hook, and in a network namespace without a network."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from flows.small_world import FOUND, ids, local_forms, mirror, stock
from processes import environment, run, told
from support import data_root, need

if TYPE_CHECKING:
    from pathlib import Path

GUARD = """
import os, sys

def guard(event, arguments):
    if event.startswith("socket."):
        os.write(2, f"audit: {event} {arguments}".encode())
        os._exit(99)

sys.addaudithook(guard)
"""
TARGETS = (
    "docker-archive:docker.tar",
    "oci-archive:oci.tar",
    "oci-dir:layout",
    "dir:rootfs",
    "dir:rootfs.tar",
    "file:tool.jar",
    "sbom:bom.cdx.json",
    "docker.tar",
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with an image in every local form; advisories lie in ``cache``."""
    root = tmp_path_factory.mktemp("offline")
    stock(root / "cache", mirror(root / "mirror"))
    local_forms(root)
    return root


@pytest.fixture(scope="module")
def guarded(here: Path) -> dict[str, str]:
    """Return an environment in which a Python process ends at once when it asks for a socket."""
    folder = here / "guard"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(GUARD)
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", ""))))
    return {"PYTHONPATH": path, "DUNNAGE_CACHE_DIR": str(here / "cache")}


def test_the_guard_ends_what_opens_a_socket(guarded: dict[str, str]) -> None:
    """The proofs below can fail: without --offline a registry reference ends at its first socket."""
    done = run("scan", "127.0.0.1:1/team/app:1", environ=guarded)
    assert done.returncode == 99
    assert "audit: socket." in done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_no_local_target_opens_a_socket(target: str, guarded: dict[str, str], here: Path) -> None:
    """With --offline, and for a local target without it too, no socket event ever happens."""
    expected = ["GHSA-tool"] if target.startswith("file:") else FOUND
    for words in (("--offline",), ()):
        done = run("scan", target, "-o", "json", *words, cwd=here, environ=guarded)
        assert (done.returncode, ids(json.loads(done.stdout))) == (0, expected), done.stderr


def test_standard_input_opens_no_socket(guarded: dict[str, str], here: Path) -> None:
    """A tar on standard input likewise."""
    archive = (here / "docker.tar").read_bytes()
    done = run("scan", "-", "-o", "json", "--offline", stdin=archive, environ=guarded)
    assert (done.returncode, ids(json.loads(done.stdout))) == (0, FOUND)


@pytest.mark.parametrize("target", ["alpine:3.19", "registry:127.0.0.1:1/team/app:1"])
@pytest.mark.parametrize("verb", ["scan", "sbom"])
def test_a_registry_is_refused_before_any_socket(
    verb: str, target: str, guarded: dict[str, str], tmp_path: Path
) -> None:
    """What cannot be read without a network is told at once, with exit code 3."""
    done = run(verb, target, "--offline", cwd=tmp_path, environ=guarded)
    assert (done.returncode, done.stdout) == (3, "")
    assert "offline" in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_missing_advisory_data_is_not_fetched(
    guarded: dict[str, str], here: Path, tmp_path: Path
) -> None:
    """Without any data the packages are still listed, and the exit code says there was none."""
    words = ("--offline", "--cache-dir", str(tmp_path / "empty"))
    done = run("scan", "oci-dir:layout", "-o", "json", *words, cwd=here, environ=guarded)
    assert done.returncode == 4
    assert json.loads(done.stdout)["summary"]["packages"] == 3


def test_db_update_from_a_directory_opens_no_socket(
    guarded: dict[str, str], here: Path, tmp_path: Path
) -> None:
    """A mirror in a directory serves a machine without a network; a web mirror is refused."""
    words = ("--offline", "--cache-dir", str(tmp_path / "cache"))
    done = run("db", "update", "--from", here / "mirror", *words, environ=guarded)
    assert (done.returncode, done.stderr) == (0, "")
    done = run("db", "update", "--from", "http://127.0.0.1:1/", *words, environ=guarded)
    assert (done.returncode, done.stdout) == (3, "")
    assert "offline" in done.stderr


@pytest.mark.judge
def test_without_a_network_everything_is_the_same(stocked: Path, tmp_path: Path) -> None:
    """In a network namespace of its own: same exit codes, same output, for real images."""
    need("unshare")
    alone = ("unshare", "-n") if os.geteuid() == 0 else ("unshare", "-rn")
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no network namespace")
    images = data_root() / "images"
    words = ("-o", "json", "--offline", "--cache-dir", str(stocked))
    codes = []
    for target in (
        f"docker-archive:{images}/alpine/alpine-3.10-docker-archive.tar.gz",
        f"dir:{images}/alpine/alpine-minirootfs-3.19.4-x86_64.tar.gz",
        f"{images}/lang/python-npm-vulnerable-app.tar.gz",
        f"file:{images}/lang/go-esbuild-0.17.0-buildinfo.elf",
        f"oci-dir:{tmp_path}/layout",
        "alpine:3.19",
    ):
        if target.startswith("oci-dir"):
            local_forms(tmp_path)
        inside, outside = (run("scan", target, *words, before=b) for b in (alone, ()))
        assert inside.returncode == outside.returncode, target
        assert inside.stderr == outside.stderr
        codes.append(inside.returncode)
        if inside.stdout:
            assert told(inside.stdout) == told(outside.stdout)
    assert codes == [0, 3, 0, 0, 0, 3]


@pytest.mark.judge
def test_the_namespace_really_has_no_network() -> None:
    """The proof above can fail: a registry on this machine is out of reach in there."""
    need("unshare")
    alone = ("unshare", "-n") if os.geteuid() == 0 else ("unshare", "-rn")
    script = "import socket; socket.create_connection(('127.0.0.1', 1), 1)"
    inside = subprocess.run(
        [*alone, "python3", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert "unreachable" in inside.stderr or "not permitted" in inside.stderr
