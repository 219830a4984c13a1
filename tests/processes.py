"""Runs the tool as a user does: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TOOL = (sys.executable, "-m", "dunnage")
_NONE: Mapping[str, str] = MappingProxyType({})


def environment(**more: str) -> dict[str, str]:
    """Return the environment without this tool's own settings, and with what is given."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DUNNAGE_")}
    return {**kept, **more}


def run(
    *words: str | Path,
    cwd: Path | None = None,
    stdin: bytes = b"",
    before: tuple[str, ...] = (),
    environ: Mapping[str, str] = _NONE,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """Run the tool in a process of its own.

    Args:
        words: What follows ``dunnage``.
        cwd: Current directory.
        stdin: Content of standard input.
        before: Words in front of the whole command (``unshare -n``).
        environ: Additional environment variables.
        more: Likewise.
    """
    done = subprocess.run(
        [*before, *TOOL, *map(str, words)],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        env=environment(**environ, **more),
        timeout=60,
    )
    out, err = (stream.decode() for stream in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def started(*words: str | Path, **environ: str) -> subprocess.Popen[str]:
    """Start the tool and return at once."""
    return subprocess.Popen(
        [*TOOL, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**environ),
    )


def told(text: str) -> dict[str, Any]:
    """Return a JSON report without what differs from run to run: times, ages and cache hits."""
    value: dict[str, Any] = json.loads(text)
    return cleaned(value)


def cleaned(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parsed JSON report without what differs from run to run."""
    value = dict(report)
    value.pop("created")
    value["data"] = {k: v for k, v in value["data"].items() if k != "age_days"}
    unlike = {"layers_cached", "bytes_read"}
    value["subjects"] = [
        {**s, "examined": {k: v for k, v in s["examined"].items() if k not in unlike}}
        for s in value["subjects"]
    ]
    return value
