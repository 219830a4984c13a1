"""A diff says what changed, and ``patch`` makes the same file of it."""

from __future__ import annotations

import random
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from dunnage.remedies.diff import unified
from support import need

if TYPE_CHECKING:
    from pathlib import Path

LINES = b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n"


def test_form() -> None:
    """Three lines around each change; hunks that would touch are one."""
    after = LINES.replace(b"b\n", b"B\n").replace(b"j\n", b"")
    assert unified("x/f", LINES, after) == (
        b"--- a/x/f\n+++ b/x/f\n@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n d\n e\n"
        b"@@ -7,4 +7,3 @@\n g\n h\n i\n-j\n"
    )


def test_nothing_changed() -> None:
    """No change, no diff."""
    assert unified("f", LINES, LINES) == b""


def test_names_write_no_lines() -> None:
    """A line break in a name cannot begin a line of the diff."""
    assert b"\n+++ b/x\n" not in unified("f\n+++ b/x\n", b"a\n", b"b\n")


CASES = {
    "inserted": (b"", b"a\n"),
    "emptied": (b"a\nb\n", b""),
    "no newline before": (b"a\nb", b"a\nb\n"),
    "no newline after": (b"a\nb\n", b"a\nb"),
    "no newline at all": (b"a\nb", b"a\nc"),
    "line ends": (b"a\r\nb\r\n", b"a\r\nc\r\n"),
    "not text": (b"\xff\n\x80\n", b"\xff\n\x81\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_patch_agrees(name: str, tmp_path: Path) -> None:
    """Patch makes the new file of the old one."""
    _patched(tmp_path, *CASES[name])


def test_patch_agrees_on_anything(tmp_path: Path) -> None:
    """Random edits of random files come out."""
    chance = random.Random(4)  # noqa: S311 - not for secrets
    for _ in range(30):
        old = [chance.choice(b"abc").to_bytes(1, "big") for _ in range(chance.randrange(40))]
        new = [line for line in old if chance.random() > 0.2]
        for _ in range(chance.randrange(6)):
            new.insert(chance.randrange(len(new) + 1), b"x")
        _patched(tmp_path, *(b"".join(line + b"\n" for line in one) for one in (old, new)))


def _patched(here: Path, before: bytes, after: bytes) -> None:
    need("patch")
    path = here / "f"
    path.write_bytes(before)
    done = subprocess.run(
        ["patch", "-p1", "--binary", "-s", "-d", here],
        input=unified("f", before, after),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert (path.read_bytes() if path.exists() else b"") == after


def test_time_is_bounded() -> None:
    """Thousands of equal lines with as many changes are no more work than they are worth."""
    before = b"RUN a\n" * 50_000
    after = b"RUN a\nRUN b\n" * 50_000
    start = time.process_time()
    assert unified("f", before, after)
    assert time.process_time() - start < 2
