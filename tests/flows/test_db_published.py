"""The ``db`` verb as users call it: published stores, closed networks, many processes at once."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import below, record, served, write_mirror
from flows.small_world import FOUND, LAYERS, ids, local_forms, mirror, stock
from images import write_oci_dir
from processes import TOOL, environment, run, started
from registry import command, copied, registry
from support import need

if TYPE_CHECKING:
    from pathlib import Path


def digest_told(text: str) -> str:
    """Return the digest that building or exporting told."""
    return text.partition("digest: ")[2].split()[0]


def findings(target: str, cache: Path) -> list[str]:
    """Scan, and return the ids of what was found."""
    done = run("scan", target, "-o", "json", "--cache-dir", cache, "--offline")
    assert done.returncode == 0, done.stderr
    return ids(json.loads(done.stdout))


def test_build_and_update(tmp_path: Path) -> None:
    """A server builds from the publishers' files; a client takes it, and finds the same."""
    out, cache = tmp_path / "out", tmp_path / "client"
    words = ("--from", mirror(tmp_path / "mirror"), "--cache-dir", tmp_path / "server")
    done = run("db", "build", "--out", out, *words)
    assert done.returncode == 0, done.stderr
    parts = {path.name for path in (out / "blobs/sha256").iterdir()}
    done = run("db", "build", "--out", out, *words)
    assert done.returncode == 0, done.stderr
    digest = digest_told(done.stdout)
    assert len({path.name for path in (out / "blobs/sha256").iterdir()} - parts) in {0, 2}
    with served(out) as (url, _):
        done = run("db", "update", "--from", url, "--cache-dir", cache)
    assert done.returncode == 0, done.stderr
    assert f"published store: {url} {digest}" in done.stdout
    assert findings(local_forms(tmp_path)["oci-dir"], cache) == FOUND
    done = run(
        "db", "update", "--from", out, "--cache-dir", cache, "--digest", "sha256:" + "0" * 64
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "not the one given with --digest" in done.stderr


def test_to_a_closed_network(tmp_path: Path) -> None:
    """What one machine exports another imports, without any connection."""
    stock(tmp_path / "a", mirror(tmp_path / "mirror"))
    file = tmp_path / "data.tar"
    done = run("db", "export", file, "--cache-dir", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    pin = ("--digest", digest_told(done.stdout))
    done = run("db", "import", file, *pin, "--offline", "--cache-dir", tmp_path / "b")
    assert done.returncode == 0, done.stderr
    assert findings(local_forms(tmp_path)["oci-dir"], tmp_path / "b") == FOUND
    store = tmp_path / "b/advisories/advisories.sqlite"
    before = store.read_bytes()
    file.write_bytes(file.read_bytes()[:-5000])
    done = run("db", "import", file, "--cache-dir", tmp_path / "b")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("db",), "db takes one action"),
        (("db", "updat"), "did you mean update?"),
        (("db", "update", "more"), "db update takes nothing more"),
        (("db", "import"), "db import takes the name of a file"),
        (("db", "import", "missing.tar"), "there is no such file"),
        (("db", "export"), "db export takes the name of a file"),
        (("db", "build"), "name it with --out DIR"),
        (("db", "update", "--digest", "abc"), "--digest takes sha256:"),
    ],
)
def test_what_cannot_be_understood(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """Each mistake is told in a few lines, with what to write."""
    done = run(*words, "--cache-dir", tmp_path / "cache", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_nothing_to_export(tmp_path: Path) -> None:
    """Without data there is nothing to hand on, and the exit code says so."""
    done = run("db", "export", tmp_path / "file", "--cache-dir", tmp_path / "cache")
    assert (done.returncode, done.stdout) == (4, "")
    assert list(tmp_path.iterdir()) == []


def test_twenty_at_once(tmp_path: Path) -> None:
    """Ten scans and ten updates on one cache directory all succeed, in bounded time.

    The updates alternate between two published stores with unlike content; whichever a scan
    meets, it finds what every one of them holds.
    """
    stores = []
    for number in range(2):
        source = mirror(tmp_path / f"mirror{number}")
        write_mirror(
            tmp_path / f"more{number}",
            {"crates.io": [record(f"C-{n}", "crates.io", f"c{n}", *below("1")) for n in range(9)]},
        )
        shutil.copytree(tmp_path / f"more{number}/osv/crates.io", source / "osv/crates.io")
        with (source / "osv/ecosystems.txt").open("a") as file:
            file.write("crates.io\n")
        cache = stock(tmp_path / f"server{number}", source)
        done = run("db", "build", "--offline", "--out", tmp_path / f"out{number}", "--from", source,
                   "--cache-dir", cache)  # fmt: skip
        assert done.returncode == 0, done.stderr
        stores.append(tmp_path / f"out{number}")
    cache = stock(tmp_path / "cache", tmp_path / "mirror0")
    target = local_forms(tmp_path)["oci-dir"]
    place = ("--cache-dir", str(cache))
    begun = time.monotonic()
    scans = [started("scan", target, "-o", "json", *place) for _ in range(10)]
    updates = [started("db", "update", "--from", stores[n % 2], *place) for n in range(10)]
    told = [process.communicate(timeout=120) for process in (*scans, *updates)]
    assert time.monotonic() - begun < 60
    assert {process.returncode for process in (*scans, *updates)} == {0}, told
    assert all(ids(json.loads(out)) == FOUND for out, _ in told[:10])
    assert {path.name for path in (cache / "advisories").iterdir()} == {
        "advisories.sqlite",
        "update.lock",
    }
    assert run("db", "status", *place).returncode == 0


def test_scans_never_wait_for_an_update(tmp_path: Path) -> None:
    """While something holds the lock of updates, a scan does its work all the same."""
    cache = stock(tmp_path / "cache", mirror(tmp_path / "mirror"))
    with (cache / "advisories/update.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert findings(local_forms(tmp_path)["oci-dir"], cache) == FOUND


def test_an_update_that_waited_has_nothing_left_to_do(tmp_path: Path) -> None:
    """Of two updates with the same request, the second uses what the first has fetched."""
    source = mirror(tmp_path / "mirror")
    cache = stock(tmp_path / "cache", source)
    with served(source) as (url, asked):
        words = ("db", "update", "--from", url, "--cache-dir", str(cache))
        with (cache / "advisories/update.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            waiting = [started(*words) for _ in range(4)]
            time.sleep(2.5)
            assert asked == []
        told = [process.communicate(timeout=60) for process in waiting]
        zips = [path for path, _ in asked if path == "GET /osv/PyPI/all.zip"]
    assert [process.returncode for process in waiting] == [0] * 4, told
    assert len(zips) == 1
    assert sum("another update did the same" in err for _, err in told) == 3


@pytest.mark.judge
@pytest.mark.parametrize("tool", ["dir", "archive"])
def test_through_a_real_registry(tool: str, tmp_path: Path) -> None:
    """``skopeo`` carries a published store to a ``docker-registry``, from which it is taken."""
    need("skopeo", "docker-registry")
    cache = stock(tmp_path / "server", mirror(tmp_path / "mirror"))
    out = tmp_path / "out"
    made = ("export", out) if tool == "archive" else ("build", "--offline", "--out", out,
            "--from", tmp_path / "mirror")  # fmt: skip
    done = run("db", *made, "--cache-dir", cache)
    assert done.returncode == 0, done.stderr
    digest = digest_told(done.stdout)
    (tmp_path / "registry").mkdir()
    with registry(tmp_path / "registry") as host:
        source = f"oci-archive:{out}" if tool == "archive" else f"oci:{out}:latest"
        name = f"{host}/team/advisories:latest"
        command("skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false", source,
                f"docker://{name}")  # fmt: skip
        done = run("db", "update", "--from", f"oci://{name}", "--cache-dir", tmp_path / "a")
        assert done.returncode == 0, done.stderr
        assert f"published store: oci://{name} {digest}" in done.stdout
        pinned = f"oci://{host}/team/advisories@{digest}"
        done = run("db", "update", "--from", pinned, "--cache-dir", tmp_path / "a")
        assert (done.returncode, " read\n" in done.stdout) == (0, False), done.stderr
        wrong = f"oci://{host}/team/advisories@sha256:{'0' * 64}"
        done = run("db", "update", "--from", wrong, "--cache-dir", tmp_path / "b")
        assert (done.returncode, done.stdout) == (3, "")
        copied = tmp_path / "copied"
        command("skopeo", "--insecure-policy", "copy", "-q", "--src-tls-verify=false",
                f"docker://{name}", f"oci:{copied}:x")  # fmt: skip
        done = run(
            "db", "update", "--from", copied, "--digest", digest, "--cache-dir", tmp_path / "c"
        )
        assert done.returncode == 0, done.stderr
    assert findings(local_forms(tmp_path)["oci-dir"], tmp_path / "a") == FOUND


@pytest.mark.judge
def test_first_scans_take_a_published_store(tmp_path: Path) -> None:
    """Scans on an empty machine fetch what they need from a registry, at the same time and once."""
    cache = stock(tmp_path / "server", mirror(tmp_path / "mirror"))
    done = run("db", "build", "--offline", "--out", tmp_path / "out", "--cache-dir", cache,
               "--from", tmp_path / "mirror")  # fmt: skip
    assert done.returncode == 0, done.stderr
    write_oci_dir(tmp_path / "image", LAYERS)
    (tmp_path / "registry").mkdir()
    with registry(tmp_path / "registry") as host:
        copied(f"oci:{tmp_path}/image:latest", f"docker://{host}/team/app:1")
        copied(f"oci:{tmp_path}/out:latest", f"docker://{host}/team/advisories:latest")
        words = ("scan", f"{host}/team/app:1", "-o", "json", "--cache-dir", tmp_path / "cache",
                 "--db-mirrors", f"oci://{host}/team/advisories")  # fmt: skip
        scans = [started(*words) for _ in range(5)]
        told = [process.communicate(timeout=120) for process in scans]
        log = (tmp_path / "registry/log").read_text()
    assert [process.returncode for process in scans] == [0] * 5, told
    assert all(ids(json.loads(out)) == FOUND for out, _ in told)
    blobs = [line for line in log.splitlines() if '"GET ' in line and "advisories/blobs/" in line]
    assert 3 <= len(blobs) <= 7, (
        blobs
    )  # index, PyPI, npm; only the index again, by who did not wait


def test_progress_is_for_a_person_at_a_terminal(tmp_path: Path) -> None:
    """A terminal shows what is being fetched; a pipe or a file gets none of it."""
    with served(mirror(tmp_path / "mirror")) as (url, _):
        words = ("db", "update", "--from", url, "--cache-dir")
        ours, theirs = os.openpty()
        process = subprocess.Popen(
            [*TOOL, *words, tmp_path / "a"],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=environment(TERM="xterm"),
        )
        os.close(theirs)
        out, _ = process.communicate(timeout=60)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux tells that the other side is closed
            while more := os.read(ours, 65536):
                shown += more
        os.close(ours)
        piped = run(*words, tmp_path / "b")
    assert (process.returncode, piped.returncode, piped.stderr) == (0, 0, "")
    assert b"fetching PyPI/all.zip" in shown
    assert b"fetching" not in out
    assert "fetching" not in piped.stdout
