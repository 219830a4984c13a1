"""Streams that are closed, full, or read by somebody who goes away: the exit code stays true."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import below, record, write_mirror
from advisories.mirrors import run as update
from images import layer_tar, write_oci_dir
from processes import TOOL, environment

if TYPE_CHECKING:
    from pathlib import Path

SCAN = "scan oci-dir:image --fail-on-unknown --cache-dir cache"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with an image whose only finding is of unknown severity."""
    root = tmp_path_factory.mktemp("streams")
    name = b"Name: demo\nVersion: 1.0\n"
    write_oci_dir(root / "image", [layer_tar({"demo-1.0.dist-info/METADATA": name})])
    records = [record("PYSEC-1", "PyPI", "demo", *below("2.0"))]
    update(root / "cache/advisories", write_mirror(root / "mirror", {"PyPI": records}))
    return root


def shell(here: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which ``$0`` is the tool."""
    script = line.replace("$0", " ".join(TOOL))
    return subprocess.run(
        ["bash", "-c", script],
        cwd=here,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        (f"$0 {SCAN} >&-", 2, "standard output is closed"),
        (f"$0 {SCAN} > /dev/full", 2, "standard output cannot be written: No space left"),
        ("$0 --version > /dev/full", 2, "standard output cannot be written: No space left"),
        (f"$0 {SCAN} -o json=a.json 2>&-", 1, ""),
        (f"$0 {SCAN} -o json=a.json 2> /dev/full", 1, ""),
        ("$0 scan missing.tar 2>&-", 3, ""),
        ("$0 scan missing.tar 2> /dev/full", 3, ""),
        ("$0 scan - --offline <&-", 3, "standard input"),
        ("$0 scan oci-dir:image --cache-dir none > /dev/null 2>&-", 4, ""),
    ],
)
def test_closed_and_full_streams(here: Path, line: str, code: int, told: str) -> None:
    """What cannot be told changes nothing; a result that cannot be written is an error."""
    done = shell(here, line)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 4
    assert "internal error" not in done.stderr


def test_a_reader_that_goes_away_does_not_pass_the_gate(here: Path) -> None:
    """With the pipe broken the scan still fails its gate, writes its files, and says nothing."""
    words = [*TOOL, *SCAN.split(), "-o", "table", "-o", "json=after.json", "--quiet"]
    with subprocess.Popen(
        words, cwd=here, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (1, b"")
    assert json.loads((here / "after.json").read_text())["exit_code"] == 1
