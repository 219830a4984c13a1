"""Runs a module of ours, or another program, as a process with bounded time, memory and output.

For work whose cost nobody can know beforehand and that cannot be interrupted within a process, and
for programs that read what strangers wrote.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Outcome(NamedTuple):
    """How a child ended.

    Attributes:
        output: What it wrote to standard output.
        code: Its exit code; negative for a signal, ``TIMEOUT`` if its time was over.
    """

    output: bytes
    code: int


class Bounds(NamedTuple):
    """What a child may use.

    Attributes:
        seconds: Time it may take, of the clock and of the processor.
        memory: Address space it may use, in bytes.
        largest: Most bytes of output that are wanted; a child that writes more is told as it is.
    """

    seconds: float
    memory: int
    largest: int


_LIMITED = "dunnage.io._limited"
TIMEOUT = 1000
"""Exit code that stands for a child that was ended because its time was over."""


def run_module(module: str, stdin: bytes, *, seconds: float, memory: int, largest: int) -> Outcome:
    """Run a module that reads standard input and writes standard output.

    The child gets no environment but the path of our modules, and cannot write a file larger than
    ``largest`` bytes.

    Args:
        module: Dotted name; it is run as ``__main__``.
        stdin: What it reads.
        seconds: Time it may take, of the clock and of the processor.
        memory: Address space it may use, in bytes.
        largest: Most bytes of output that are wanted; a child that writes more is told as it is.
    """
    import tempfile

    # Plain files hold any amount without threads, and a child cannot fill the memory of its parent.
    with tempfile.TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        start = [sys.executable, "-P", "-m", _LIMITED, "module"]
        environment = {**_environment(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        return _run(start, [module], source, Bounds(seconds, memory, largest), environment)


def run_over_files(words: Sequence[str], files: Sequence[bytes], bounds: Bounds) -> Outcome:
    """Run a program over files in a directory of its own, which nobody else can read.

    The program starts in the root directory, without a shell and without an environment.

    Args:
        words: Absolute path of the program, and its arguments; the paths of the files follow. Their
            base names are their numbers.
        files: What the files hold.
        bounds: What it may use.
    """
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, str(number)) for number in range(len(files))]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        # By its path and alone it starts in half the time, and imports from nowhere else.
        start = [
            sys.executable,
            "-I",
            "-S",
            str(Path(__file__).with_name("_limited.py")),
            "program",
        ]
        return _run(
            start, [*words, *map(str, paths)], subprocess.DEVNULL, bounds, _environment(), "/"
        )


def _run(
    start: Sequence[str],
    words: Sequence[str],
    source: BinaryIO | int,
    bounds: Bounds,
    environment: Mapping[str, str],
    folder: str | None = None,
) -> Outcome:
    """Run what sets its own limits.

    Args:
        start: What it is started with.
        words: What it becomes.
        source: Standard input: a file, or ``subprocess.DEVNULL``.
        bounds: What it may use.
        environment: All of its environment.
        folder: The directory it starts in, or None for ours.
    """
    import tempfile

    limits = (int(bounds.seconds) + 1, bounds.memory, bounds.largest + 1)
    with tempfile.TemporaryFile() as target:
        with subprocess.Popen(
            [*start, *map(str, limits), *words],
            stdin=source,
            stdout=target,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
        ) as child:
            try:
                code = child.wait(bounds.seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                code = TIMEOUT
        target.seek(0)
        return Outcome(target.read(bounds.largest + 1), code)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
