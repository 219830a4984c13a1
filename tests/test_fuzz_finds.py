"""What fuzzing once found stays repaired, and the fuzzer itself finds what is there to be found."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dunnage.model.errors import InputError
from fuzzing.mutate import fuzz, minimised
from fuzzing.target import Target, targets
from fuzzing.verdict import ADDRESS_SPACE, judge
from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fuzzing.verdict import Verdict

FOLDER = ROOT / "tests" / "fuzz_finds"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
PAGE = 4096


@pytest.fixture
def bounded() -> Iterator[None]:
    """Bound how much more address space a test may take."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * PAGE + ADDRESS_SPACE, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_find_comes_back(path: Path) -> None:
    """An input that once broke a promise is read, or refused as documented, soon and in bounds."""
    verdict = judge(targets()[path.parent.name], path.read_bytes())
    assert not verdict.find, verdict.detail


@pytest.mark.parametrize("name", targets())
def test_seeds_are_understood(name: str) -> None:
    """No input the fuzzer starts from is a find, and at least one is read to its end."""
    target = targets()[name]
    verdicts = [judge(target, data[: target.most]) for data in target.seeds()]
    assert [verdict.detail for verdict in verdicts if verdict.find] == []
    assert any(verdict.label.startswith("read") for verdict in verdicts), verdicts


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("name", targets())
def test_a_few_broken_inputs(name: str) -> None:
    """The first inputs of a run that always goes the same way break no promise."""
    target = targets()[name]
    finds: list[Verdict] = []
    seeds = [data[: target.most] for data in target.seeds()]
    deadline = time.monotonic() + 60
    source = random.Random(name)  # noqa: S311 - chances, not secrets
    wanted = len(seeds) + 40
    runs = fuzz(target, seeds, source, lambda _, v: finds.append(v), deadline, runs=wanted)
    assert [verdict.detail for verdict in finds] == []
    assert runs == wanted


def _planted(data: bytes) -> int:
    """Break every promise a target can break."""
    if b"refuse" in data:
        raise InputError("documented")
    if b"KEY" in data:
        raise KeyError(data)
    if b"SLOW" in data:
        while True:
            pass
    if b"HUGE" in data:
        return len(bytes(2 * ADDRESS_SPACE))
    assert b"LAW" not in data, "a law of the target"
    return len(data)


PLANTED = Target(
    "nothing", _planted, lambda: [b"harmless"], words=(b"KEY", b"SLOW", b"HUGE", b"LAW", b"refuse")
)


@pytest.mark.usefixtures("bounded")
def test_planted_faults_are_found() -> None:
    """Exceptions, broken laws, endless loops and greed are found; what is documented is not."""
    finds: dict[str, bytes] = {}
    quick = replace(PLANTED, run=lambda data: None if b"SLOW" in data else _planted(data))
    deadline = time.monotonic() + 30
    source = random.Random(1)  # noqa: S311 - chances, not secrets
    fuzz(quick, [b"harmless"], source, lambda d, v: finds.update({v.find: d}), deadline, runs=3000)
    kinds = {find.split(" in ")[0]: (find, data) for find, data in finds.items()}
    assert kinds.keys() == {"KeyError", "MemoryError", "AssertionError"}
    find, data = kinds["KeyError"]
    assert minimised(quick, data, find) == b"KEY"
    assert judge(PLANTED, b"SLOW", seconds=0.1).find.startswith("slow")
    assert judge(PLANTED, b"refuse").label == "InputError: documented"


def test_documentation_lists_the_targets() -> None:
    """The table in the documentation has a row for each target, and no other."""
    page = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
    rows = {line for line in page.splitlines() if line.startswith("| `")}
    expected = {
        f"| `{name}` | `{target.reads}` | {target.promise} |" for name, target in targets().items()
    }
    assert rows == expected


def test_the_runner_runs(tmp_path: Path) -> None:
    """The command fuzzes a target in a process of its own and counts its inputs."""
    words = ["purl", "--minutes", "0.03", "--seed", "1", "--engine", "mutate"]
    folders = ["--corpus", str(tmp_path / "corpus"), "--finds", str(tmp_path / "finds")]
    command = [sys.executable, str(ROOT / "tools" / "fuzz.py"), *words, *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "inputs: no finds" in done.stdout
    assert list((tmp_path / "corpus" / "purl").iterdir())
