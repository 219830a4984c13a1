"""Runs commands in turn and takes what the operating system says they used."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process.

    Attributes:
        cpu: User and system seconds, of the process and its children.
        wall: Seconds.
        memory: Peak resident set in megabytes (1e6 bytes).
        code: Exit code.
    """

    cpu: float
    wall: float
    memory: float
    code: int


@dataclass(slots=True)
class Series:
    """All counted runs of one command."""

    name: str
    runs: list[Run] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """Return the median CPU seconds."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def wall(self) -> float:
        """Return the median wall seconds."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def memory(self) -> float:
        """Return the median peak memory in megabytes."""
        return statistics.median(run.memory for run in self.runs)

    def spread(self) -> str:
        """Return lowest and highest CPU seconds."""
        return f"{min(r.cpu for r in self.runs):.2f}-{max(r.cpu for r in self.runs):.2f}"


def once(command: list[str], environ: dict[str, str]) -> Run:
    """Run a command, throw its output away, and wait for it."""
    environ = {**os.environ, **environ}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environ,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    return Run(
        usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1.024 / 1000, process.returncode
    )


@dataclass(frozen=True, slots=True)
class Contender:
    """A command that takes part in a comparison.

    Attributes:
        name: What it is called in the table.
        command: The command.
        environ: Added to the environment.
        before: Called before each run, outside the measured time.
        codes: Exit codes that count as success.
    """

    name: str
    command: list[str]
    environ: dict[str, str] = field(default_factory=dict)
    before: object = None
    codes: tuple[int, ...] = (0,)


def compare(contenders: list[Contender], rounds: int, warmup: int = 1) -> dict[str, Series]:
    """Run all contenders in turn, round after round, and return their series by name.

    Raises:
        SystemExit: If one of them fails.
    """
    series = {contender.name: Series(contender.name) for contender in contenders}
    for number in range(rounds + warmup):
        for contender in contenders:
            if callable(contender.before):
                contender.before()
            run = once(contender.command, contender.environ)
            if run.code not in contender.codes:
                raise SystemExit(f"{contender.name} failed ({run.code}): {contender.command}")
            if number >= warmup:
                series[contender.name].runs.append(run)
    return series
