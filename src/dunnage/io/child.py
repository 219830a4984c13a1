"""Runs one of our own modules in a process of its own, with bounded time, memory and output.

For work whose cost nobody can know beforehand and that cannot be interrupted within a process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NamedTuple


class Outcome(NamedTuple):
    """How a child ended.

    Attributes:
        output: What it wrote to standard output.
        code: Its exit code; negative for a signal, ``TIMEOUT`` if its time was over.
    """

    output: bytes
    code: int


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
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(stdin)
        source.seek(0)
        limits = (int(seconds) + 1, memory, largest + 1)
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "dunnage.io._limited", module, *map(str, limits)],
            stdin=source,
            stdout=target,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        ) as child:
            try:
                code = child.wait(seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                code = TIMEOUT
        target.seek(0)
        return Outcome(target.read(largest + 1), code)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
