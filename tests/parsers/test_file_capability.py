"""Names of file capabilities, as ``setcap`` writes them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from dunnage.parsers.file_capability import names
from support import need

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0100000200200000000000000000000000000000", ("net_raw",)),
        ("0000000200040000000000000000000000000000", ("net_bind_service",)),
        ("000000010000200000000000", ("sys_admin",)),
        ("0100000300000000000000000001000000000000e8030000", ("checkpoint_restore",)),
        ("0100000200000000000000000000000000000000", ()),
    ],
)
def test_known_values(value: str, expected: tuple[str, ...]) -> None:
    """Revisions 1 to 3 (``capabilities(7)``); those after the 32nd lie in the second word."""
    assert names(bytes.fromhex(value)) == expected


@pytest.mark.parametrize(
    "value", ["", "01", "0100000200", "0100000900200000000000000000000000000000"]
)
def test_broken_values(value: str) -> None:
    """What is cut off or of an unknown revision is told."""
    with pytest.raises(ValueError, match="capabilities"):
        names(bytes.fromhex(value))


@pytest.mark.judge
def test_setcap_writes_what_is_read(tmp_path: Path) -> None:
    """The kernel's own words."""
    need("setcap")
    program = tmp_path / "program"
    program.write_bytes(b"#!/bin/sh\n")
    words = "cap_net_raw,cap_sys_ptrace,cap_perfmon=ep"
    done = subprocess.run(["setcap", words, program], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("file capabilities cannot be set here")
    assert names(os.getxattr(program, "security.capability")) == (
        "net_raw",
        "sys_ptrace",
        "perfmon",
    )
