"""Limits its own process, then becomes a module of ours or another program; started by ``child``.

The arguments are ``module`` or ``program``, seconds of processor time, bytes of address space, bytes
of the largest file that may be written, and the module or the program with its arguments.
"""

from __future__ import annotations

import os
import resource
import sys


def main(kind: str, limits: list[int], words: list[str]) -> None:
    """Set the limits (getrlimit(2)) and become what was asked for."""
    kinds = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
    for limit, most in zip(kinds, (*limits, 0), strict=True):
        hard = resource.getrlimit(limit)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (least, least))
    if kind == "program":
        os.execv(words[0], words)  # noqa: S606 - there must be no shell
    import runpy

    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], [int(word) for word in sys.argv[2:5]], sys.argv[5:])
