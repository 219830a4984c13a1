"""Limits its own process, then runs one of our modules; started by ``child`` and by nothing else.

The arguments are the module, seconds of processor time, bytes of address space, and bytes of the
largest file that may be written.
"""

from __future__ import annotations

import resource
import runpy
import sys


def main(module: str, seconds: int, memory: int, largest: int) -> None:
    """Set the limits (getrlimit(2)) and become the module."""
    for limit, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:5]))
