"""Runs the tool in a process of its own within bounds, and measures it.

Run as a program, it starts what its arguments say and writes down what that took. Between a test
and the tool there has to be such a small process: a child counts as at least as large as the
process that started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from processes import TOOL, environment


class Measured(NamedTuple):
    """What a run said, and what it took.

    Attributes:
        code: Exit code.
        out: Standard output.
        err: Standard error.
        cpu: CPU time in seconds, start of the interpreter included.
        peak: Largest resident size in bytes.
    """

    code: int
    out: str
    err: str
    cpu: float
    peak: int


SECONDS, MIB = 2.5, 64
"""What a scan of a few kilobytes may take, the start of the interpreter included."""
ADDRESS_SPACE = 2 << 30


def bounded(
    folder: Path, *words: str, seconds: float = SECONDS, mib: int = MIB
) -> tuple[Measured, dict[str, Any]]:
    """Run a command in a directory within bounds; return what happened and the report."""
    done = measured(*words, cwd=folder, seconds=60, address_space=ADDRESS_SPACE)
    assert done.cpu <= seconds
    assert done.peak <= mib << 20
    assert "Traceback" not in done.err
    return done, json.loads(done.out) if done.out else {}


def measured(
    *words: str | Path, cwd: Path, seconds: int, address_space: int, **environ: str
) -> Measured:
    """Run the tool; it dies if it takes too much.

    Args:
        words: What follows ``dunnage``.
        cwd: Current directory.
        seconds: CPU time it may take.
        address_space: Address space in bytes it may take.
        environ: Additional environment variables.
    """
    with tempfile.TemporaryDirectory() as folder:
        usage = Path(folder, "usage.json")
        bounds = [str(seconds), str(address_space), str(usage)]
        done = subprocess.run(
            [sys.executable, "-S", "-E", __file__, *bounds, *TOOL, *map(str, words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            cwd=cwd,
            env=environment(**environ),
            timeout=120,
        )
        took = json.loads(usage.read_text())
    out, err = (stream.decode() for stream in (done.stdout, done.stderr))
    return Measured(done.returncode, out, err, took["cpu"], took["peak"])


def _watch(seconds: int, address_space: int, usage: str, command: list[str]) -> int:
    """Run a command within bounds, write down what it took, and return its exit code."""
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    with subprocess.Popen(command) as process:
        _, status, took = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    kib = 1 if sys.platform == "darwin" else 1024
    found = {"cpu": took.ru_utime + took.ru_stime, "peak": took.ru_maxrss * kib}
    Path(usage).write_text(json.dumps(found))
    return process.returncode


if __name__ == "__main__":
    sys.exit(_watch(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]))
