"""What Go's own tools and Syft say of real programs and jars is what we say."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from dunnage.catalogers import go_binary, node_package, python_package
from programs import examine, listed
from support import data_root, need

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.judge

SOURCE = 'package main\n\nvar version = "dev"\n\nfunc main() { println(version) }\n'
FLAVOURS = {
    "plain": ([], {}),
    "stripped": (["-ldflags=-s -w -X main.version=1.4.2"], {}),
    "pie": (["-buildmode=pie", "-trimpath"], {}),
    "big-endian": ([], {"GOARCH": "s390x"}),
    "32-bit": (["-ldflags=-s -w"], {"GOARCH": "386"}),
    "windows": ([], {"GOOS": "windows"}),
    "macos": ([], {"GOOS": "darwin", "GOARCH": "arm64"}),
}


@pytest.mark.parametrize("flavour", sorted(FLAVOURS))
def test_go_programs(tmp_path: Path, flavour: str) -> None:
    """Programs of the Go compiler here are read whatever flags and target they were built with."""
    need("go")
    (tmp_path / "main.go").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "go.mod").write_text("module example.com/hello\n\ngo 1.18\n", encoding="utf-8")
    flags, environment = FLAVOURS[flavour]
    settings = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", **environment}
    command = ["go", "build", *flags, "-o", "hello", "."]
    done = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"go cannot build here: {done.stderr[-200:]!r}")
    told = subprocess.run(
        ["go", "version", "hello"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    fact = examine(go_binary.parse, "hello", (tmp_path / "hello").read_bytes())
    main = "v1.4.2" if flavour == "stripped" else ""
    assert listed(fact) == {("stdlib", told.split("go")[-1].strip()), ("example.com/hello", main)}


def test_syft_on_the_application(tmp_path: Path) -> None:
    """Syft lists the same npm and PyPI packages, besides the application itself."""
    need("syft", "tar")
    source = data_root() / "images/lang/python-npm-vulnerable-app.tar.gz"
    subprocess.run(["tar", "xzf", source, "-C", tmp_path], check=True)
    command = [
        "syft",
        f"dir:{tmp_path}",
        "--override-default-catalogers",
        "image",
        "-o",
        "json",
        "-q",
    ]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    theirs = {
        (artifact["name"], artifact["version"])
        for artifact in told["artifacts"]
        if artifact["type"] in {"npm", "python"}
    }
    ours: set[tuple[str, str]] = set()
    for module, names in ((node_package, {"package.json"}), (python_package, {"METADATA"})):
        for path in tmp_path.rglob("*"):
            if path.name in names and path.is_file():
                inside = path.relative_to(tmp_path).as_posix()
                found = listed(examine(module.parse, inside, path.read_bytes()))
                ours |= {
                    (name.lower() if module is python_package else name, v) for name, v in found
                }
    assert theirs - ours == {("demo-app", "1.0.0")}
    assert ours <= theirs
