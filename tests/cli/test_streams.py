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


def test_names_on_stderr_are_no_commands_of_a_build_server(here: Path) -> None:
    """What a hostile archive or a user is called can neither begin a line nor speak to a runner."""
    hostile = "x\n::error::owned ##[error]y\x1b[2J/layer.tar"
    manifest = [{"Config": "c.json", "RepoTags": ["a:b"], "Layers": [hostile]}]
    config = {"os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}}
    files = {"manifest.json": manifest, "c.json": config}
    body = {name: json.dumps(value).encode() for name, value in files.items()}
    (here / "hostile.tar").write_bytes(layer_tar(body))
    done = shell(here, "$0 scan hostile.tar -o json=h.json --cache-dir cache")
    again = shell(here, "$0 scan $'::warning::z\\n::error::owned ##[error]y' --cache-dir cache")
    assert done.returncode == again.returncode == 3
    for told in (done.stderr, again.stderr):
        assert "owned" in told
        assert "##[" not in told
        assert not [line for line in told.splitlines() if line.lstrip().startswith("::")]
        assert "\x1b" not in told


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
