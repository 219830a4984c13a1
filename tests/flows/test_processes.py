"""Several processes on one cache directory, killed ones, damaged and read-only caches."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import below, osv_zip, record, write_mirror
from dunnage.indexing.cache import MAX_BYTES
from flows.helpers_scan import package_keys, scanned
from flows.small_world import FOUND, ids, local_forms, mirror, stock
from processes import run, started, told
from support import data_root, need
from webserver import Answer, Asked, serving

if TYPE_CHECKING:
    from pathlib import Path

JSON = ("-o", "json")


def litter(cache: Path) -> set[str]:
    """Return the files of the advisory store's directory that should not be there."""
    return {p.name for p in (cache / "advisories").iterdir()} - {
        "advisories.sqlite",
        "update.lock",
    }


def padded(root: Path, count: int) -> Path:
    """Write the small mirror with many more records that hit nothing."""
    source = mirror(root)
    extra = [record(f"PAD-{n}", "crates.io", f"pad{n}", *below("1")) for n in range(count)]
    write_mirror(root / "more", {"crates.io": extra})
    (root / "more/osv/crates.io").rename(source / "osv/crates.io")
    with (source / "osv/ecosystems.txt").open("a") as file:
        file.write("crates.io\n")
    return source


def kill(process: subprocess.Popen[str]) -> None:
    """End a process as ``kill -9`` does."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL


def kill_wherever(process: subprocess.Popen[str]) -> None:
    """End a process likewise, unless it was quicker."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    assert process.returncode in {0, -signal.SIGKILL}


@pytest.mark.judge
def test_twenty_scans_and_updates_at_once(tmp_path: Path) -> None:
    """Twenty share a cache directory that is empty but for the store, and six more are killed.

    All that live succeed, all scans say the same, and together they take no longer than one
    after the other would.
    """
    source = mirror(tmp_path / "mirror")
    target = local_forms(tmp_path)["oci-dir"]
    sources = [padded(tmp_path / f"bigger{n}", 4000) for n in range(2)]
    alone = stock(tmp_path / "alone", source)
    words = ("--cache-dir", str(alone))
    begun = time.monotonic()
    assert run("scan", target, *JSON, *words).returncode == 0
    assert run("db", "update", "--from", sources[0], *words).returncode == 0
    pair = time.monotonic() - begun
    words = ("--cache-dir", str(stock(tmp_path / "cache", source)))
    cache = tmp_path / "cache"
    begun = time.monotonic()
    scans, updates, doomed = [], [], []
    for number in range(14):
        scans.append(started("scan", target, *JSON, *words))
        if number % 3 == 1:
            updates.append(started("db", "update", "--from", sources[number % 2], *words))
            kind = ("db", "update", "--from", sources[0]) if number % 2 else ("scan", target)
            doomed.append(started(*kind, *words))
        if number % 3 == 0 and doomed:
            kill_wherever(doomed[-1])
    kill_wherever(doomed[-1])
    updates.append(started("db", "update", "--from", sources[0], *words))
    doomed += [started("db", "update", "--from", sources[1], *words)]
    time.sleep(pair / 2)
    kill_wherever(doomed[-1])
    said = [(process, *process.communicate(timeout=180)) for process in (*scans, *updates)]
    took = time.monotonic() - begun
    assert len(said) == 20
    assert len(doomed) == 6
    assert [process.returncode for process, _, _ in said] == [0] * 20, said
    assert [err for _, _, err in said[:14]] == [""] * 14
    reports = [told(out) for _, out, _ in said[:14]]
    assert [ids(report) for report in reports] == [FOUND] * 14
    assert [report["subjects"] for report in reports] == [reports[0]["subjects"]] * 14
    assert ["4005 records" in out for _, out, _ in said[14:]] == [True] * 6
    assert took < 20 * pair + 10
    assert run("db", "update", "--from", sources[0], *words).returncode == 0
    assert litter(cache) == set()
    assert json.loads(run("scan", target, *JSON, *words).stdout)["data"]["records"] == 4005


def test_a_killed_update_leaves_the_old_store(tmp_path: Path) -> None:
    """Killed while a file is on its way: the old store serves, the next update clears up."""
    cache = stock(tmp_path / "cache", mirror(tmp_path / "mirror"))
    target = local_forms(tmp_path)["oci-dir"]
    words = ("--cache-dir", str(cache))
    before = told(run("scan", target, *JSON, *words).stdout)
    reached, released = threading.Event(), threading.Event()
    npm = osv_zip([record("GHSA-new", "npm", "left", *below("2.0.0"))])

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("ecosystems.txt"):
            return Answer(body=b"PyPI\nnpm\n")
        if asked.path.endswith("PyPI/all.zip"):
            reached.set()
            released.wait(30)
        return Answer(body=npm) if asked.path.endswith("npm/all.zip") else Answer(404)

    with serving(answer) as server:
        process = started("db", "update", "--from", f"{server.url}/", *words)
        assert reached.wait(30)
        assert litter(cache) != set()
        kill(process)
        released.set()
    assert told(run("scan", target, *JSON, *words).stdout) == before
    done = run("db", "update", "--from", tmp_path / "mirror", *words)
    assert done.returncode == 0, done.stderr
    assert litter(cache) == set()
    after = told(run("scan", target, *JSON, *words).stdout)
    assert after["subjects"] == before["subjects"]


@pytest.mark.judge
@pytest.mark.parametrize("delay", [0.3, 0.8, 1.5, 2.5, 4.0])
def test_killed_while_reading_the_real_data(delay: float, tmp_path: Path) -> None:
    """Killed at any moment of an update from the real data; the old store stays as it was."""
    cache = stock(tmp_path / "cache", mirror(tmp_path / "mirror"))
    store = cache / "advisories/advisories.sqlite"
    before = store.read_bytes()
    words = ("--cache-dir", str(cache))
    process = started("db", "update", "--from", data_root(), *words)
    time.sleep(delay)
    if process.poll() is not None:
        process.communicate()
        pytest.skip(f"the whole update took less than {delay} seconds")
    kill(process)
    assert store.read_bytes() == before
    done = run("db", "update", "--from", tmp_path / "mirror", *words)
    assert (done.returncode, litter(cache)) == (0, set())


def test_a_poisoned_layer_record_is_read_anew(tmp_path: Path) -> None:
    """Bytes flipped anywhere in the layer cache change nothing but the time a scan takes."""
    target = local_forms(tmp_path)["oci-dir"]
    cache = tmp_path / "cache"
    fresh = package_keys(scanned(target, cache).subjects[0])
    assert len(fresh) == 3
    records = sorted((cache / "layers").iterdir())
    whole = [path.read_bytes() for path in records]
    assert len(records) == 2
    assert scanned(target, cache).subjects[0].examined.layers_cached == 2
    for number in range(40):
        for path, content in zip(records, whole, strict=True):
            damaged = bytearray(content)
            damaged[number * len(content) // 40] ^= 1 << number % 8
            path.write_bytes(damaged)
        subject = scanned(target, cache).subjects[0]
        assert (package_keys(subject), subject.inventory.problems) == (fresh, ())
        assert subject.examined.layers_cached == 0
    for path, other in zip(records, reversed(whole), strict=True):
        path.write_bytes(other)
    subject = scanned(target, cache).subjects[0]
    assert (package_keys(subject), subject.examined.layers_cached) == (fresh, 0)
    assert scanned(target, cache).subjects[0].examined.layers_cached == 2


def test_the_cache_keeps_its_size(tmp_path: Path) -> None:
    """What was used longest ago goes as soon as a scan adds to a full cache."""
    target = local_forms(tmp_path)["oci-dir"]
    layers = tmp_path / "cache/layers"
    layers.mkdir(parents=True, mode=0o700)
    for number in range(3):
        path = layers / f"{number:064x}"
        path.touch()
        os.truncate(path, MAX_BYTES * 2 // 5)
        os.utime(path, (1000.0 + number, 1000.0 + number))
    scanned(target, tmp_path / "cache")
    left = {path.name for path in layers.iterdir()}
    assert f"{0:064x}" not in left
    assert {f"{1:064x}", f"{2:064x}"} < left
    assert sum(path.stat().st_size for path in layers.iterdir()) <= MAX_BYTES


def test_a_layer_cache_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where the layer cache should be: the scan says the same, only without a cache."""
    target = local_forms(tmp_path)["oci-dir"]
    cache = stock(tmp_path / "cache", mirror(tmp_path / "mirror"))
    (cache / "layers").write_text("in the way")
    for _ in range(2):
        done = run("scan", target, *JSON, "--cache-dir", cache)
        report = json.loads(done.stdout)
        assert (done.returncode, ids(report)) == (0, FOUND)
        assert report["subjects"][0]["examined"]["layers_cached"] == 0


@pytest.mark.judge
def test_a_read_only_cache_directory(tmp_path: Path) -> None:
    """A cache directory mounted read-only: its data is used, and that nothing is kept is told.

    Only what must write there fails, with a clear message.
    """
    need("unshare", "mount")
    target = local_forms(tmp_path)["oci-dir"]
    cache = stock(tmp_path / "cache", mirror(tmp_path / "mirror"))
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    alone = ("unshare", "-rm", "sh", "-c", script, str(cache))
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no mount namespace")
    done = run("scan", target, *JSON, "--cache-dir", cache, before=alone)
    assert (done.returncode, ids(json.loads(done.stdout))) == (0, FOUND)
    assert "the cache directory cannot be written; nothing will be kept" in done.stderr
    assert not (cache / "layers").exists()
    done = run("db", "status", "--cache-dir", cache, before=alone)
    assert (done.returncode, done.stderr) == (0, "")
    done = run("db", "update", "--from", mirror(tmp_path / "m"), "--cache-dir", cache, before=alone)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the cache directory cannot be written" in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_a_cache_directory_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in its place: what is there is listed all the same, without a cache."""
    target = local_forms(tmp_path)["oci-dir"]
    cache = tmp_path / "file"
    cache.write_bytes(b"")
    for place in (cache, cache / "below"):
        done = run("sbom", target, "--cache-dir", place)
        assert done.returncode == 0
        assert json.loads(done.stdout)["components"]
        [line] = done.stderr.splitlines()
        assert line.startswith(f"{place}: the cache directory cannot be made: ")
        done = run("scan", target, "--cache-dir", place, "--offline")
        assert done.returncode == 4
        assert "there is no advisory data at all" in done.stdout
        done = run("db", "update", "--from", tmp_path, "--cache-dir", place)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"dunnage: {place}: the cache directory cannot be made: ")
