"""Throws broken input at everything that reads input: ``python tools/fuzz.py --list``.

The targets are in ``tests/fuzzing/targets``. Each runs in a process of its own with bounded memory;
with ``atheris`` installed (``pip install atheris``) inputs are guided by coverage, without it they
are mutated by what is in ``tests/fuzzing/mutate.py``. Finds are confirmed in a fresh process, made
smaller, and kept in ``tests/fuzz_finds/TARGET``, where ``tests/test_fuzz_finds.py`` replays them.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
WORKER = ROOT / "tools" / "fuzz_worker.py"
PATIENCE = 30.0
"""Seconds a process may be silent about one input, or late, before it is ended."""


@dataclass(slots=True)
class Tally:
    """What came of one target.

    Attributes:
        name: Of the target.
        runs: Inputs tried.
        seconds: Time taken.
        deaths: Processes that ended before their time.
        finds: File of each find, by what it found.
        doubtful: Finds that a fresh process did not confirm.
        failure: What the process said if it could not even be started.
    """

    name: str
    runs: int = 0
    seconds: float = 0.0
    deaths: int = 0
    finds: dict[str, Path] = field(default_factory=dict)
    doubtful: int = 0
    failure: str = ""

    def __str__(self) -> str:
        """Return one line for people."""
        if self.failure:
            return f"{self.name} could not be started:\n{self.failure}"
        minutes = f"{self.seconds / 60:5.1f} min"
        found = "; ".join(f"{find} ({path})" for find, path in self.finds.items()) or "no finds"
        more = f", {self.deaths} restarts" if self.deaths else ""
        more += f", {self.doubtful} not confirmed" if self.doubtful else ""
        return f"{self.name:18} {minutes} {self.runs:10,} inputs{more}: {found}"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fuzz.

    Attributes:
        seconds: Time for each target.
        corpus: Folder in which interesting inputs are kept, one folder per target.
        seed: Decides everything that is random.
        engine: ``atheris`` or ``mutate``.
        finds: Folder in which finds are kept, one folder per target.
    """

    seconds: float
    corpus: Path
    seed: int
    engine: str
    finds: Path


def main() -> int:
    """Fuzz what the command line names; return 1 if anything was found, 2 if it cannot be."""
    asked = _arguments()
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    from fuzzing.target import targets

    known = targets()
    if asked.list:
        for name, target in known.items():
            print(f"{name:18} {target.reads}" + (f": {target.promise}" if target.promise else ""))
        return 0
    wrong = [name for name in asked.targets if name not in known]
    names = list(known) if asked.all else asked.targets
    if wrong or not names:
        print(f"no target {', '.join(wrong)}; see --list" if wrong else "name a target, or --all")
        return 2
    if asked.replay:
        return max(_replayed(name, path) for name in names for path in asked.replay)
    found = importlib.util.find_spec("atheris") is not None
    engine = asked.engine if asked.engine != "auto" else ("atheris" if found else "mutate")
    plan = Plan(asked.minutes * 60, asked.corpus, asked.seed, engine, asked.finds)
    print(f"engine {engine}, seed {plan.seed}, {asked.minutes:g} minutes for each target")
    worst = 0
    for name in names:
        tally = fuzz(name, plan)
        print(tally, flush=True)
        worst = max(worst, 2 if tally.failure else int(bool(tally.finds)))
    return worst


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fuzz everything that reads input.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="what to fuzz; see --list")
    parser.add_argument("--list", action="store_true", help="list the targets")
    parser.add_argument("--all", action="store_true", help="fuzz all targets, one after the other")
    parser.add_argument("--minutes", type=float, default=10.0, help="time for each (default: 10)")
    parser.add_argument(
        "--corpus",
        type=Path,
        default=ROOT / "build" / "fuzz",
        help="where interesting inputs are kept (default: build/fuzz)",
    )
    parser.add_argument(
        "--finds",
        type=Path,
        default=ROOT / "tests" / "fuzz_finds",
        help="where finds are kept (default: tests/fuzz_finds)",
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1 << 31))
    parser.add_argument("--engine", choices=("auto", "atheris", "mutate"), default="auto")
    parser.add_argument(
        "--replay", nargs="+", type=Path, default=[], metavar="FILE", help="only run these inputs"
    )
    return parser.parse_args()


def fuzz(name: str, plan: Plan) -> Tally:
    """Fuzz one target, starting its process again whenever it dies."""
    tally = Tally(name)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as text:
        folder = Path(text)
        while (left := plan.seconds - (time.monotonic() - start)) > 1:
            before = tally.deaths
            _run(tally, plan, folder, left)
            _settle(tally, folder, plan.finds)
            if tally.deaths == before or tally.failure:
                break
        tally.seconds = time.monotonic() - start
    return tally


def _run(tally: Tally, plan: Plan, folder: Path, left: float) -> None:
    """Run one process until its time is over or it dies."""
    corpus = plan.corpus / tally.name
    corpus.mkdir(parents=True, exist_ok=True)
    state = folder / "state"
    state.unlink(missing_ok=True)
    command = _command("fuzz", tally.name, folder, corpus, plan.engine, left)
    command.append(str(plan.seed + tally.deaths))
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        hung = False
        for count in _watched(process, state, left + PATIENCE):
            hung = count < 0
        if hung:
            process.kill()
    runs, last = _state(state)
    tally.runs += runs
    if hung or process.returncode:
        tally.deaths += 1
        if not runs:
            tally.failure = log.read_text(errors="replace")[-2000:]
            return
        why = "hung or late" if hung else f"ended with {process.returncode}"
        print(f"  {tally.name}: a process {why} after {runs:,} inputs; its last words:")
        print("    " + "\n    ".join(log.read_text(errors="replace").splitlines()[-5:]), flush=True)
        (folder / f"find-{tally.deaths}").write_bytes(last)


def _watched(process: subprocess.Popen[bytes], state: Path, seconds: float) -> Iterator[int]:
    """Give the number of inputs now and then until a process ends; -1 if it has to be ended."""
    end = time.monotonic() + seconds
    moved, count = time.monotonic(), -1
    while process.poll() is None:
        time.sleep(0.5)
        now, _ = _state(state)
        if now != count:
            moved, count = time.monotonic(), now
            yield now
        if time.monotonic() > end or time.monotonic() - moved > 2 * PATIENCE:
            yield -1
            return


def _state(path: Path) -> tuple[int, bytes]:
    """Return the number of inputs and the last of them (see ``fuzz_worker.Diary``)."""
    data = path.read_bytes() if path.exists() else b""
    if len(data) < 16:
        return 0, b""
    size = int.from_bytes(data[8:16], "little")
    return int.from_bytes(data[:8], "little"), data[16 : 16 + size]


def _settle(tally: Tally, folder: Path, finds: Path) -> None:
    """Confirm what was found, make it smaller and keep it, once for each kind."""
    for path in sorted(folder.glob("find-*")):
        find = _checked(tally.name, path)
        if not find:
            tally.doubtful += 1
        elif find not in tally.finds:
            small = folder / "small"
            small.write_bytes(path.read_bytes())
            subprocess.run(
                _command("minimise", tally.name, path, small), check=False, capture_output=True
            )
            tally.finds[find] = _kept(finds / tally.name, small.read_bytes())
            print(f"  {tally.name}: {find} -> {tally.finds[find]}", flush=True)
        path.unlink()


def _kept(folder: Path, data: bytes) -> Path:
    path = folder / hashlib.sha256(data).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _checked(name: str, path: Path) -> str:
    """Return what a fresh process finds in an input; empty if nothing."""
    try:
        done = subprocess.run(
            _command("check", name, path),
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode < 0:
        return f"dies of signal {-done.returncode}"
    return done.stdout.partition("\n")[0] if done.returncode else ""


def _replayed(name: str, path: Path) -> int:
    """Run one input and say what came of it."""
    done = subprocess.run(_command("check", name, path), check=False)
    return int(done.returncode != 0)


def _command(*words: object) -> list[str]:
    return [sys.executable, str(WORKER), *map(str, words)]


if __name__ == "__main__":
    raise SystemExit(main())
