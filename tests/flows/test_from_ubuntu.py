"""Walks through ``docs/from-ubuntu-to-scratch.md``: its commands in order, with what they print."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from debian_parts import ESSENTIAL, closure, fetched, layer
from dunnage.cli._main import run
from images import write_oci_dir
from support import ROOT, need
from surfaces import Item, tar_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GUIDE = (ROOT / "docs/from-ubuntu-to-scratch.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "examples/from-ubuntu"
FAILED = {"go/Dockerfile", "go/cgo.Dockerfile", "python/Dockerfile", "python/alpine.Dockerfile"}
"""Files on which a command ends with exit code 1."""
OFFERED = ["harden", "go/Dockerfile"]
"""A command on one of those files that ends with exit code 0."""
BUILT = "build/full"
"""What only the commands about images of real packages name."""
LEFT_OUT = "[...]"
DISTROLESS = ("base-files", "netbase", "tzdata", "libc6", "libssl3", "libgcc-s1", "libstdc++6")
Capture = pytest.CaptureFixture[bytes]


class Step(NamedTuple):
    """One command of the guide.

    Attributes:
        typed: The command.
        printed: What the guide shows of its output.
    """

    typed: str
    printed: str


class Then(dt.datetime):
    """The clock on the day the guide was written: support of releases ends later."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Then:
        """Return that day."""
        return cls(2026, 12, 1, tzinfo=tz)


def steps() -> Iterator[Step]:
    """Give the commands of the guide in order."""
    for block in re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            typed, _, printed = part.partition("\n")
            yield Step(typed, printed)


def check(printed: str, told: str, *, numbers: bool = True) -> None:
    """Check that output is what is shown, but for the lines left out.

    Args:
        printed: What the guide shows.
        told: The output.
        numbers: Numbers have to be the same.
    """
    lines = "".join(
        r"(?:.*\n)*?" if line.strip() == LEFT_OUT else re.escape(line) + r"\n"
        for line in printed.rstrip("\n").split("\n")
    )
    if not numbers:
        lines = re.sub(r"(?:\\ )+", r"\\s+", re.sub(r"\d[\d.,]*(?:\\\.\d+)?", r"[\\d.,]+", lines))
    told = "".join(f"{line.rstrip()}\n" for line in told.rstrip("\n").split("\n"))
    assert re.fullmatch(lines, told), f"shown:\n{printed}\nprinted:\n{told}"


def test_the_guide_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: Capture
) -> None:
    """Each command that a bare machine can run ends and prints as the guide shows."""
    shutil.copytree(EXAMPLES, tmp_path / "app")
    monkeypatch.chdir(tmp_path / "app")
    monkeypatch.setattr(dt, "datetime", Then)
    environ = {"HOME": str(tmp_path), "DUNNAGE_CACHE_DIR": str(tmp_path / "cache")}
    verbs = set()
    for step in steps():
        program, *words = shlex.split(step.typed)
        if program == "python":
            subprocess.run([sys.executable, *words], check=True)
        if program != "dunnage" or BUILT in step.typed:
            continue
        code = run(words, environ)
        out, err = capsysbinary.readouterr()
        refused = not FAILED.isdisjoint(words) or "--fail-on" in words
        refused = refused and words != OFFERED
        assert code == (1 if refused else 0), (step.typed, out, err)
        check(step.printed, (out + err).decode())
        verbs.add(words[0])
    assert verbs == {"lint", "explain", "harden", "scan"}


def test_the_readme_shows_a_lint(monkeypatch: pytest.MonkeyPatch, capsysbinary: Capture) -> None:
    """What the README shows of a Dockerfile of the guide is what is printed."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"\$ \.venv/bin/dunnage (lint .*)\n```\n\n```text\n((?s:.*?))```", text)
    assert shown
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(dt, "datetime", Then)
    assert run(shlex.split(shown[1]), {}) == 1
    check(shown[2], capsysbinary.readouterr().out.decode())


def test_its_dockerfiles_are_those_of_the_examples() -> None:
    """What is shown as a whole is a file that can be used."""
    files = {path.read_text() for path in EXAMPLES.rglob("*Dockerfile")}
    shown = re.findall(r"```dockerfile\n(.*?)```", GUIDE, re.DOTALL)
    assert len(shown) == 2
    assert set(shown) <= files


def test_a_false_line_is_noticed() -> None:
    """A changed, missing or additional line is not what is shown."""
    check("a 1\n[...]\nd", "a 1\nb\nc\nd\n")
    check("class  Large\nsize  1.5 MB", "class  Large\nsize   27 MB\n", numbers=False)
    for shown in ("a 2\n[...]\nd", "a 1\nd", "a 1\n[...]\nc", "a 1\nb\nc\nd\ne"):
        with pytest.raises(AssertionError):
            check(shown, "a 1\nb\nc\nd\n")
    with pytest.raises(AssertionError):
        check("class  Small", "class  Large\n", numbers=False)


def hello(folder: Path) -> bytes:
    """Return the program of the guide, built as its last Dockerfile builds it."""
    need("go")
    words = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(folder / "hello"), "."]
    environ = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    built = subprocess.run(
        words, cwd=EXAMPLES / "go", env=environ, capture_output=True, check=False
    )
    if built.returncode:
        pytest.skip(f"go cannot build here: {built.stderr.decode()[-200:]}")
    return (folder / "hello").read_bytes()


@pytest.mark.judge
def test_the_four_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: Capture
) -> None:
    """The comparison is that of images made of Debian's packages and the program itself."""
    program = tar_of(Item("hello", hello(tmp_path), 0o755))
    debs, state = tmp_path / "debs", tmp_path / "state"
    tools = ("build-essential", "git", "curl", "golang")
    full = layer(fetched(closure((*ESSENTIAL, *tools), state), debs))
    slim = layer(fetched(closure(ESSENTIAL, state), debs))
    distroless = layer(fetched(DISTROLESS, debs), distroless=True)
    monkeypatch.chdir(tmp_path)
    user = {"User": "65532:65532"}
    for name, layers, config in (
        ("full", [full, program], {}),
        ("slim", [slim, program], user),
        ("distroless", [distroless, program], user),
        ("scratch", [program], user),
    ):
        write_oci_dir(tmp_path / "build" / name, layers, compression="none", config=config)
    environ = {"HOME": str(tmp_path), "DUNNAGE_CACHE_DIR": str(tmp_path / "cache")}
    for step in steps():
        if BUILT not in step.typed:
            continue
        code = run(shlex.split(step.typed)[1:], environ)
        out, err = capsysbinary.readouterr()
        print((out + err).decode())
        assert code == 0
        check(step.printed, (out + err).decode(), numbers=False)
