"""Measures ``dunnage sbom`` and ``dunnage scan`` against Syft and against the physical limit.

Run it as root on Debian, with ``mmdebstrap``, ``go`` and ``syft`` installed::

    python benchmarks/scan.py --work /var/tmp/dunnage-bench

Every comparison runs its commands in turn; figures are medians. CPU time is user plus system
time of the whole process. The images are made once and kept in the work directory.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from _images import (
    big_archives,
    compressed,
    debian_rootfs,
    docker_archive,
    oci_layout,
    split,
)
from _measure import Contender, Series, compare

import dunnage

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "tests"
BARS: list[tuple[str, float, float]] = []


def ours(*words: str, cache: Path) -> list[str]:
    """Return a command line of this tool."""
    return [sys.executable, "-m", "dunnage", *words, "--cache-dir", str(cache), "--offline"]


def against_syft(
    name: str, target: str, layers: list[Path], setup: Setup, share: float | None
) -> None:
    """Compare a cold SBOM with Syft's, and with the limit where the layers are gzip."""
    cache = setup.work / "cache"
    out = str(setup.work / "out.json")
    contenders = [
        Contender(
            "dunnage",
            ours("sbom", target, "-o", f"cyclonedx-json={out}", cache=cache),
            before=lambda: shutil.rmtree(cache, ignore_errors=True),
        )
    ]
    if setup.syft:
        words = [setup.syft, "scan", target, "-o", f"cyclonedx-json={out}", "-q"]
        contenders.append(Contender("syft", words, {"SYFT_CHECK_FOR_APP_UPDATE": "false"}))
    if layers and layers[0].suffix == ".gzip":
        words = [sys.executable, str(HERE / "_limit.py"), *map(str, layers)]
        contenders.append(Contender("limit", words))
    series = compare(contenders, setup.rounds)
    table(name, list(series.values()))
    mine = series["dunnage"]
    if "syft" in series and share is not None:
        verdict(f"{name}: CPU of Syft's", mine.cpu / series["syft"].cpu, share)
    if "limit" in series:
        verdict(f"{name}: CPU of the inflate-and-hash limit", mine.cpu / series["limit"].cpu, 1.5)
    verdict(f"{name}: peak memory, MB", mine.memory, 100)


class Setup:
    """What every measurement needs to know."""

    def __init__(self, work: Path, rounds: int, syft: str) -> None:
        self.work = work
        self.rounds = rounds
        self.syft = syft


def table(name: str, series: list[Series]) -> None:
    """Print the medians of one comparison."""
    print(f"\n{name}")
    print(f"  {'':<10} {'CPU s':>8} {'(lowest-highest)':>18} {'wall s':>8} {'peak MB':>8}")
    for one in series:
        line = f"  {one.name:<10} {one.cpu:>8.2f} {one.spread():>18}"
        print(f"{line} {one.wall:>8.2f} {one.memory:>8.0f}", flush=True)


def verdict(what: str, value: float, bar: float) -> None:
    """Record and print one bar."""
    BARS.append((what, value, bar))
    print(f"  {what}: {value:.3f} (bar {bar:.3f}) {'holds' if value <= bar else 'MISSED'}")


def small(setup: Setup, data: Path | None) -> None:
    """Measure start-up, a small image, and a second scan of a cached one."""
    cache = setup.work / "small-cache"
    version = Contender("--version", [sys.executable, "-m", "dunnage", "--version"])
    overview = Contender("--help", [sys.executable, "-m", "dunnage", "--help"])
    started = compare([version, overview], max(setup.rounds, 5))
    table("start-up", list(started.values()))
    for one in started.values():
        verdict(f"dunnage {one.name}: CPU s", one.cpu, 0.08)
    if data is None:
        print("\nDUNNAGE_TEST_DATA is not set: no Alpine root file system to measure")
        return
    rootfs = data / "images/alpine/alpine-minirootfs-3.19.4-x86_64.tar.gz"
    words = ours("sbom", f"dir:{rootfs}", "-o", "json=/dev/null", cache=cache)
    alpine = compare([Contender("dunnage", words)], max(setup.rounds, 5))
    table("Alpine root file system, whole process", list(alpine.values()))
    verdict("Alpine root file system: CPU s", alpine["dunnage"].cpu, 0.3)


def cached(setup: Setup, layout: Path, data: Path | None) -> None:
    """Measure a second scan of a cached layout, with matching."""
    cache = setup.work / "warm-cache"
    if data is not None and not (cache / "advisories").exists():
        command = ours("db", "update", "--from", str(data), cache=cache)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    words = ours("scan", f"oci-dir:{layout}", "-o", "json=/dev/null", cache=cache)
    warm = compare([Contender("dunnage", words, codes=(0, 3, 4))], max(setup.rounds, 5))
    table("second scan of the cached Debian layout, with matching", list(warm.values()))
    verdict("second scan of the cached layout: CPU s", warm["dunnage"].cpu, 0.3)


def matching(setup: Setup) -> None:
    """Measure matching 10,000 packages against 500,000 rows, as its own script prints it."""
    script = TESTS / "advisories" / "big_store.py"
    with tempfile.TemporaryDirectory(dir=setup.work) as folder:
        environ = {**os.environ, "PYTHONPATH": str(TESTS)}
        done = subprocess.run(
            [sys.executable, str(script), folder],
            capture_output=True,
            text=True,
            check=True,
            env=environ,
        )
    print(f"\nmatching 10,000 packages against 500,000 rows, store opened\n{done.stdout.rstrip()}")
    seconds = [float(text) for text in re.findall(r"match: ([0-9.]+) s CPU", done.stdout)]
    verdict("matching: CPU s", statistics.median(seconds), 0.5)


def ingest(setup: Setup, data: Path | None) -> None:
    """Measure how fast advisories are read into a new store."""
    if data is None:
        return
    cache = setup.work / "ingest-cache"
    contender = Contender(
        "db update",
        ours("db", "update", "--from", str(data), cache=cache),
        before=lambda: shutil.rmtree(cache, ignore_errors=True),
    )
    series = compare([contender], setup.rounds)["db update"]
    table("building the advisory store from the test data", [series])
    records = 0
    for path in sorted((data / "osv").glob("*/all.zip")):
        with zipfile.ZipFile(path) as archive:
            records += len(archive.namelist())
    print(f"  {records} OSV records: {records / series.cpu:.0f} a CPU second")
    verdict("ingest: CPU s for 10,000 records", series.cpu / records * 10_000, 1.0)
    verdict("ingest: peak memory, MB", series.memory, 300)


def main() -> int:
    """Run everything and return 1 if a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "dunnage-bench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--syft", default=shutil.which("syft") or "")
    parser.add_argument("--prepare", action="store_true", help="only make the images")
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    if chosen.prepare:
        prepare(chosen.work)
        return 0
    # Made by another process: the peak memory a process is told of includes its parent's.
    # An installed package has its byte code; a source tree gets it here.
    compileall.compile_dir(str(Path(dunnage.__file__).parent), quiet=2)
    again = [sys.executable, __file__, "--prepare", "--work", str(chosen.work)]
    subprocess.run(again, check=True)
    setup = Setup(chosen.work, chosen.rounds, chosen.syft)
    text = os.environ.get("DUNNAGE_TEST_DATA", "")
    data = Path(text) if text else None
    print(f"dunnage {dunnage.__version__}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    print(syft_version(chosen.syft), flush=True)

    small(setup, data)
    work = chosen.work
    one = [debian_rootfs(work)]
    six = split(one[0], work)
    for label, tars in (("one", one), ("six", six)):
        for how in ("gzip", "zstd"):
            layout = oci_layout(tars, how, work / f"oci-{label}-{how}")
            stored = [compressed(tar, how) for tar in tars]
            name = f"Debian 12, OCI layout, {label} {how} layer(s)"
            share = 1 / 8 if how == "gzip" else None
            against_syft(name, f"oci-dir:{layout}", stored, setup, share)
        archive = docker_archive(tars, work / f"docker-{label}.tar")
        name = f"Debian 12, docker archive, {label} raw layer(s)"
        against_syft(name, f"docker-archive:{archive}", [], setup, 1 / 15)
    big = [big_archives(work, data)]
    layout = oci_layout(big, "gzip", work / "oci-big")
    stored = [compressed(big[0], "gzip")]
    against_syft("big archives, OCI layout", f"oci-dir:{layout}", stored, setup, 1 / 8)
    cached(setup, work / "oci-six-gzip", data)
    matching(setup)
    ingest(setup, data)

    missed = [bar for bar in BARS if bar[1] > bar[2]]
    print(f"\n{len(BARS) - len(missed)} of {len(BARS)} bars hold")
    return 1 if missed else 0


def prepare(work: Path) -> None:
    """Make all images."""
    text = os.environ.get("DUNNAGE_TEST_DATA", "")
    one = [debian_rootfs(work)]
    for label, tars in (("one", one), ("six", split(one[0], work))):
        for how in ("gzip", "zstd"):
            oci_layout(tars, how, work / f"oci-{label}-{how}")
        docker_archive(tars, work / f"docker-{label}.tar")
    big = [big_archives(work, Path(text) if text else None)]
    oci_layout(big, "gzip", work / "oci-big")


def syft_version(command: str) -> str:
    """Return which Syft takes part, or that none does."""
    if not command:
        return "syft is not installed: no comparison with it"
    done = subprocess.run([command, "version"], capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("Version:"))
    return f"syft {line.partition(':')[2].strip()}"


if __name__ == "__main__":
    sys.exit(main())
