"""The process in which a target runs; started by ``fuzz.py``, which watches it.

``fuzz_worker.py fuzz TARGET FOLDER CORPUS ENGINE SECONDS SEED`` fuzzes; every find becomes a file
``find-HASH`` in the folder. ``check TARGET FILE`` runs one input and ends with 1 if it finds
something; ``minimise TARGET FILE RESULT`` writes a smaller input with the same find.
"""

from __future__ import annotations

import hashlib
import importlib
import mmap
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fuzzing.target import Target
    from fuzzing.verdict import Verdict

ROOT = Path(__file__).resolve().parent.parent
SLOWDOWN = 3.0
"""How much longer an input may take while coverage is measured; a fresh process measures again."""
FINDS = 200
"""Finds one process writes down; what follows is only counted."""


class Diary:
    """Writes down every input before it runs, where it survives the end of the process.

    Args:
        path: File for the number of inputs, the size of the last one, and that input.
        most: Largest input in bytes.
    """

    def __init__(self, path: Path, most: int) -> None:
        path.write_bytes(bytes(16 + most))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.count = 0

    def note(self, data: bytes) -> None:
        """Write down the next input."""
        self.count += 1
        self._map[:16] = self.count.to_bytes(8, "little") + len(data).to_bytes(8, "little")
        self._map[16 : 16 + len(data)] = data


class Finds:
    """Writes finds to files, each kind a few times at most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, int] = {}

    def keep(self, data: bytes, verdict: Verdict) -> None:
        """Write down a find unless its kind is known."""
        seen = self._seen[verdict.find] = self._seen.get(verdict.find, 0) + 1
        if seen <= 3 and len(self._seen) < FINDS:
            name = hashlib.sha256(data).hexdigest()[:16]
            (self._folder / f"find-{name}").write_bytes(data)
        if verdict.find.startswith("memory"):
            raise SystemExit(3)  # the peak stays, so this process would notice no further ones


def fuzz(target: Target, folder: Path, corpus: Path, engine: str, rest: list[str]) -> None:
    """Fuzz a target until its time is over."""
    from fuzzing.verdict import bound_memory

    seconds, seed = float(rest[0]), int(rest[1])
    diary, finds = Diary(folder / "state", 2 * target.most + (1 << 20)), Finds(folder)
    seeds = folder / "seeds"
    seeds.mkdir(exist_ok=True)
    for data in target.seeds():
        (seeds / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data[: target.most])
    bound_memory()
    if engine == "atheris":
        _guided(target, diary, finds, folder, [corpus, seeds], seconds, seed)
    else:
        _mutated(target, diary, finds, [corpus, seeds], seconds, seed)


def _guided(
    target: Target,
    diary: Diary,
    finds: Finds,
    folder: Path,
    corpora: list[Path],
    seconds: float,
    seed: int,
) -> None:
    from fuzzing.verdict import SECONDS, judge

    atheris = importlib.import_module("atheris")

    def once(data: bytes) -> None:
        diary.note(data)
        verdict = judge(target, data, seconds=SLOWDOWN * SECONDS)
        if verdict.find:
            finds.keep(data, verdict)

    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    options = [
        f"-max_total_time={int(seconds)}",
        f"-max_len={target.most}",
        f"-seed={seed}",
        f"-artifact_prefix={folder}/died-",
        "-rss_limit_mb=0",
        "-timeout=60",
        "-print_final_stats=1",
    ]
    options += [f"-dict={words}"] if target.words else []
    atheris.Setup([sys.argv[0], *options, *map(str, corpora)], once)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _mutated(
    target: Target, diary: Diary, finds: Finds, corpora: list[Path], seconds: float, seed: int
) -> None:
    from dataclasses import replace

    from fuzzing.mutate import fuzz as run

    def noted(data: bytes) -> object:
        diary.note(data)
        return target.run(data)

    files = [path for folder in corpora for path in sorted(folder.iterdir())]
    known = [path.read_bytes()[: target.most] for path in files]
    start = len(known)
    deadline = time.monotonic() + seconds
    source = random.Random(seed)  # noqa: S311 - chances, not secrets
    try:
        run(replace(target, run=noted), known, source, finds.keep, deadline)
    finally:
        for data in known[start:]:
            (corpora[0] / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def check(target: Target, path: Path) -> int:
    """Run one input; print and return what came of it."""
    from fuzzing.verdict import bound_memory, judge

    bound_memory()
    start = time.process_time()
    verdict = judge(target, path.read_bytes())
    print(verdict.find or f"good: {verdict.label}")
    print(f"{time.process_time() - start:.3f} seconds\n{verdict.detail}")
    return int(bool(verdict.find))


def minimise(target: Target, path: Path, result: Path) -> None:
    """Write a smaller input with the same find."""
    from fuzzing.mutate import minimised
    from fuzzing.verdict import bound_memory, judge

    bound_memory()
    data = path.read_bytes()
    find = judge(target, data).find
    if find:
        result.write_bytes(minimised(target, data, find))


def main() -> int:
    """Do what ``fuzz.py`` asks for."""
    verb, name, *rest = sys.argv[1:]
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    if verb == "fuzz" and rest[2] == "atheris":
        # Entered and never left: what is imported late is measured too.
        importlib.import_module("atheris").instrument_imports(include=["dunnage"]).__enter__()
    from fuzzing.target import targets

    target = targets()[name]
    if verb == "check":
        return check(target, Path(rest[0]))
    if verb == "minimise":
        minimise(target, Path(rest[0]), Path(rest[1]))
    else:
        fuzz(target, Path(rest[0]), Path(rest[1]), rest[2], rest[3:])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
