"""The wheel and the source distribution are built, checked, compared and installed for real."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from dunnage import __version__
from registry import command
from support import ROOT, need

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.judge

EPOCH = "1700000000"
LARGEST = 40_000_000
"""Bytes of everything that is installed."""
ADDED = {"PKG-INFO"}
"""What a source distribution holds besides the files of a clone."""


@dataclass(frozen=True)
class Built:
    """Both distributions.

    Attributes:
        wheel: The wheel.
        sdist: The source distribution.
        tree: The source distribution, unpacked.
    """

    wheel: Path
    sdist: Path
    tree: Path


def module(name: str) -> None:
    """Skip the test, saying so, unless a module of our own environment can be run."""
    # A directory of that name is a module without a file, too.
    found = find_spec(name)
    if found is None or found.origin is None:
        pytest.skip(f"not installed here: {name}")


def made(folder: Path) -> dict[str, Path]:
    """Build both distributions and return them by their suffix."""
    module("build")
    tool = (sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT))
    environ = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    done = subprocess.run(tool, capture_output=True, text=True, check=False, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.suffix: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build once for all tests."""
    folder = tmp_path_factory.mktemp("dist")
    found = made(folder / "one")
    with tarfile.open(found[".gz"]) as archive:
        archive.extractall(folder / "tree", filter="data")
    return Built(found[".whl"], found[".gz"], folder / f"tree/dunnage-{__version__}")


def test_the_index_will_take_them(built: Built) -> None:
    """Twine has nothing to say against metadata and description."""
    module("twine")
    tool = (sys.executable, "-m", "twine", "check", "--strict")
    shown = command(*tool, built.wheel, built.sdist)
    assert shown.count("PASSED") == 2


def test_builds_are_reproducible(built: Built, tmp_path: Path) -> None:
    """The same sources at another time give the same bytes."""
    again = made(tmp_path)
    for first, second in ((built.wheel, again[".whl"]), (built.sdist, again[".gz"])):
        one, two = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second))
        assert one == two, first.name


def test_the_source_distribution_is_a_clone(built: Built) -> None:
    """It holds every file of the repository, and nothing that merely lay around."""
    need("git")
    tracked = command("git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard")
    held = {str(p.relative_to(built.tree)) for p in built.tree.rglob("*") if p.is_file()}
    assert held - ADDED == set(tracked.splitlines())


def test_the_wheel_is_the_package(built: Built) -> None:
    """It holds the sources of the package and its metadata, with the licence."""
    with zipfile.ZipFile(built.wheel) as archive:
        names = set(archive.namelist())
    sources = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    metadata = f"dunnage-{__version__}.dist-info/"
    assert {name for name in names if not name.startswith(metadata)} == sources
    assert f"{metadata}licenses/LICENSE" in names


def test_tests_run_from_the_source_distribution(built: Built) -> None:
    """All tests can be collected in it, and those of the documentation pass."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("DUNNAGE", "PYTEST"))}
    for words in (("--collect-only", "-qq"), ("-q", "tests/contract/test_documents.py")):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
            cwd=built.tree,
            capture_output=True,
            text=True,
            check=False,
            env=environ,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_a_fresh_environment_runs_it(built: Built, tmp_path: Path) -> None:
    """Installed from the wheel, it says its version and makes the first scan of the README."""
    place = tmp_path / "fresh"
    venv.create(place, with_pip=True)
    bare = size(place)
    python = place / "bin/python"
    command(python, "-m", "pip", "install", "--quiet", built.wheel)
    shown = command(place / "bin/dunnage", "--version")
    assert shown == f"dunnage {__version__}\n"
    assert 1_000_000 < size(place) - bare < LARGEST
    done = subprocess.run(
        [python, built.tree / "examples/first_scan.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Findings \d+ critical, \d+ high", done.stdout)


def size(place: Path) -> int:
    """Return the bytes of all files below a directory."""
    return sum(p.stat().st_size for p in place.rglob("*") if p.is_file() and not p.is_symlink())
