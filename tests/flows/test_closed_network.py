"""Walks through ``docs/closed-networks.md``: every command in it, in order, with what it prints."""

from __future__ import annotations

import gzip
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from advisories.mirrors import served
from processes import environment
from registry import command, registry
from support import data_root, need

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.judge

GUIDE = Path(__file__).parents[2] / "docs" / "closed-networks.md"
TOOL = shlex.join((sys.executable, "-m", "dunnage"))
CODES = {
    "--digest sha256:0000": 3,
    "db import cut.tar": 3,
    "--fail-on high": 1,
    "unshare -n dunnage scan registry": 3,
    "grep -c socket": 1,
    "dunnage scan registry.internal:5000": 1,
    "--db-max-age 1s": 3,
    "--cache-dir empty": 4,
}
"""Exit codes other than 0, by a part of the command."""


class Step(NamedTuple):
    """One command of the guide.

    Attributes:
        typed: The command.
        printed: What the guide shows of its output.
    """

    typed: str
    printed: str


def steps() -> Iterator[Step]:
    """Give the commands of the guide in order."""
    for block in re.findall(r"```console\n(.*?)```", GUIDE.read_text(), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            typed, _, printed = part.partition("\n")
            yield Step(typed, printed)


def pattern(printed: str) -> re.Pattern[str]:
    """Return what real output must contain: numbers, digests and directories may differ."""
    text = re.escape(" ".join(printed.split()))
    text = re.sub(r"sha256:[0-9a-f]+(\\\.){3}", r"sha256:[0-9a-f]{64}", text)
    text = re.sub(r"(\\\.){3}", ".*", text)
    text = re.sub(r"(store|written|dunnage):\\ (?!http|oci)", r"\1:\\ \\S*", text)
    return re.compile(re.sub(r"(?<![\w.:/\[{-])\d[\d,]*(\\\.\d+)?(?![\w\]},])", r"[\\d,.]+", text))


def test_the_guide_as_it_stands(tmp_path: Path) -> None:
    """Each command of the guide ends as it says and prints what it shows."""
    need("unshare", "strace", "skopeo", "docker-registry")
    packed = data_root() / "images/alpine/alpine-3.10-docker-archive.tar.gz"
    (tmp_path / "app.tar").write_bytes(gzip.decompress(packed.read_bytes()))
    (tmp_path / "www").mkdir()
    settings = re.search(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert settings is not None
    with registry(tmp_path) as host, served(tmp_path / "www") as (url, _):
        image = f"docker://{host}/team/app:1"
        command(
            "skopeo", "copy", "--dest-tls-verify=false", f"docker-archive:{tmp_path}/app.tar", image
        )
        words = {
            "/mnt/mirror": str(data_root()),
            "http://mirror.internal:8000/": url,
            "registry.internal:5000": host,
            "/mnt/share/advisories": "www/advisories",
            "unshare -n": "unshare -n" if os.geteuid() == 0 else "unshare -rn",
        }
        for step in steps():
            (tmp_path / "dunnage.toml").unlink(missing_ok=True)
            if "--cache-dir ci" in step.typed:
                (tmp_path / "dunnage.toml").write_text(replaced(settings[1], words))
            done = subprocess.run(
                shlex.split(replaced(step.typed, words).replace("dunnage ", f"{TOOL} ")),
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
                env=environment(),
                timeout=300,
            )
            told = " ".join((done.stdout + done.stderr).split())
            code = next((code for part, code in CODES.items() if part in step.typed), 0)
            assert done.returncode == code, (step.typed, told)
            assert pattern(replaced(step.printed, words)).search(told), (step, told)
            if "db export" in step.typed:
                words["DIGEST"] = done.stdout.partition("digest: ")[2].strip()
                whole = (tmp_path / "data.tar").read_bytes()
                (tmp_path / "cut.tar").write_bytes(whole[:-500_000])


def replaced(text: str, words: dict[str, str]) -> str:
    """Return a text with the names of the guide replaced by those of this run."""
    for name, here in words.items():
        text = text.replace(name, here)
    return text
