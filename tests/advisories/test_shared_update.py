"""The shared data is read whole, as a directory and from a web server, fast and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

from advisories.mirrors import NOW, held, run, served, zipped
from dunnage.advisories.match import match
from dunnage.advisories.status import status
from dunnage.advisories.store import open_store
from dunnage.model.package import Package
from dunnage.model.severity import Severity
from support import ROOT, data_root

if TYPE_CHECKING:
    from pathlib import Path

    from dunnage.advisories.store import Store
    from dunnage.advisories.update import Updated

ENTRIES = 52_776
FUTURE = {"PYSEC-2025-19", "PYSEC-2024-115"}


def test_every_record_is_accounted_for(shared_update: tuple[Path, Updated]) -> None:
    """Every zip entry is kept, left out on purpose, or skipped and counted."""
    _, updated = shared_update
    assert not updated.problems
    counted = 0
    for part in updated.parts:
        if part.feed == "osv":
            with zipfile.ZipFile(data_root() / "osv" / part.name / "all.zip") as archive:
                assert part.records + part.skipped + part.ignored == len(archive.namelist())
            counted += part.records + part.skipped + part.ignored
    assert counted == ENTRIES
    by_name = {(part.feed, part.name): part for part in updated.parts}
    assert by_name["osv", "AlmaLinux"].ignored == 1200
    assert by_name["osv", "GIT"].records == 0
    assert by_name["kev", "catalogue"].records == 1404
    assert sum(part.records for part in updated.parts if part.feed == "nvd") == 5005
    assert sum(part.records for part in updated.parts if part.feed == "epss") == 34


def test_status_counts_records_per_release(shared_update: tuple[Path, Updated]) -> None:
    """Records per ecosystem with its release are those counted beside the data."""
    told = status(shared_update[0], NOW + timedelta(days=3))
    releases = dict(told.releases)
    assert releases["Alpine:v3.16"] == 4493
    assert releases["Debian:10"] == 945
    assert releases["Go"] == 4291 - 17
    assert releases["Rocky Linux:9"] == 1
    assert releases["Ubuntu:Pro:18.04:LTS"] == 2
    assert "Alpine:v3.19" not in releases
    assert told.age_days == 3
    assert told.mirrors == (str(data_root()),)
    newest = {(part.feed, part.name): part.newest for part in told.parts}
    assert newest["osv", "PyPI"][:4] == "2026"
    assert newest["epss", "epss-sample-vunnel.csv"].startswith("2025-02-20")
    assert len(told.digest) == 64


def test_future_modification_times_hide_nothing(shared_store: Store) -> None:
    """The two records modified in the future are there like any other."""
    with zipfile.ZipFile(data_root() / "osv" / "PyPI" / "all.zip") as archive:
        for name in sorted(FUTURE):
            told = json.loads(archive.read(f"{name}.json"))
            affected = told["affected"][0]
            package = Package("pypi", affected["package"]["name"], affected["versions"][0], ref="a")
            findings = match(held(package), shared_store, now=NOW).findings
            assert name in {s.id for finding in findings for s in finding.statements}


def test_known_exploited_and_probability(shared_store: Store) -> None:
    """CISA's catalogue and EPSS are joined by CVE."""
    package = Package("maven", "spring-beans", "5.3.0", namespace="org.springframework", ref="a")
    findings = match(held(package), shared_store, now=NOW).findings
    (spring,) = (finding for finding in findings if finding.id == "CVE-2022-22965")
    assert spring.exploited is not None
    assert spring.exploited.added == "2022-04-04"
    fact = shared_store.fact("epss", "CVE-1999-0001")
    assert fact is not None
    assert (fact.epss, fact.percentile) == (0.00383, 0.73075)


def test_web_server_gives_the_same_store(
    shared_update: tuple[Path, Updated], tmp_path: Path
) -> None:
    """A plain web server over the data gives the same content; a second update reads nothing."""
    with served(data_root()) as (url, asked):
        updated = run(tmp_path / "db", url)
        assert not updated.problems
        names = [(part.feed, part.name, part.records) for part in updated.parts]
        assert names == [(part.feed, part.name, part.records) for part in shared_update[1].parts]
        del asked[:]
        again = run(tmp_path / "db", url)
    assert all(part.unchanged for part in again.parts)
    assert status(tmp_path / "db", NOW).digest == status(shared_update[0], NOW).digest
    read = [path for path, code in asked if path.endswith((".zip", ".gz", ".csv")) and code == 200]
    assert all(path.startswith("HEAD") for path in read)


def test_invalid_and_extra_records(tmp_path: Path) -> None:
    """Records that break the schema are skipped or kept as sensible; MAL- and Ubuntu are read."""
    folders = [data_root() / "osv-invalid", data_root() / "osv-extra"]
    files = [path for folder in folders for path in folder.rglob("*.json")]
    bodies = {path.name: path.read_bytes() for path in files if path.name != "index.json"}
    for name in ("PyPI", "npm", "Ubuntu"):
        place = tmp_path / "mirror" / "osv" / name
        place.mkdir(parents=True)
        (place / "all.zip").write_bytes(zipped(bodies))
    updated = run(tmp_path / "db", tmp_path / "mirror")
    assert not updated.problems
    assert [(part.name, part.records + part.skipped + part.ignored) for part in updated.parts] == [
        (name, len(bodies)) for name in ("PyPI", "Ubuntu", "npm")
    ]
    store = open_store(tmp_path / "db")
    assert store is not None
    with store:
        evil = Package("npm", "01template1", "9.9.9", ref="a")
        openssl = Package("deb", "libssl3", "3.0.2-0ubuntu1.9", source="openssl", ref="b")
        inventory = held(evil, openssl, ecosystem="Ubuntu:22.04:LTS")
        first, second = match(inventory, store, now=NOW).findings
    assert first.severity is Severity.CRITICAL
    assert "alicious" in first.message
    assert (second.id, second.fix.version) == ("CVE-2023-1255", "3.0.2-0ubuntu1.10")


_MEASURE = """
import re, sys, time
from pathlib import Path
from advisories.mirrors import run
start = time.process_time()
run(Path(sys.argv[1]), sys.argv[2])
# The peak that getrusage tells may be that of the process this one was forked from.
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(time.process_time() - start, peak[1])
"""


def test_memory_is_bounded(tmp_path: Path) -> None:
    """Reading all the shared data takes less than 300 MB; the time is told, not judged."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(tmp_path / "db"), str(data_root())],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, kilobytes = map(float, done.stdout.split())
    print(f"{ENTRIES / seconds:.0f} records per CPU second, {kilobytes / 1000:.0f} MB")
    assert kilobytes < 300_000
