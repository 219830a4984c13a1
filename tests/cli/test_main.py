"""The command line as a user meets it: real processes, their output and exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import dunnage
from dunnage.io.folder import names
from processes import run

if TYPE_CHECKING:
    from pathlib import Path


def test_version() -> None:
    """--version prints the version alone."""
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"dunnage {dunnage.__version__}\n",
        "",
    )


def test_overview_names_every_verb() -> None:
    """--help lists every verb and the exit codes."""
    done = run("--help")
    assert done.returncode == 0
    for verb in names("dunnage.cli"):
        assert f"  {verb}" in done.stdout
    assert "Exit codes" in done.stdout


@pytest.mark.parametrize("verb", names("dunnage.cli"))
def test_help_of_every_verb(verb: str) -> None:
    """Every verb explains itself with usage, options and examples within the width of a page."""
    done = run(verb, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: dunnage {verb} ")
    assert "examples:" in done.stdout
    assert done.stdout == run("help", verb).stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("scn", "x"), "did you mean scan?"),
        (("scan",), "nothing to examine was named"),
        (("scan", ""), "a target is an empty text"),
        (("scan", "--fail-n", "high", "x"), "did you mean --fail-on?"),
        (("scan", "--fail-on", "hihg", "x"), "did you mean high?"),
        (("scan", "x", "-o", "jsn"), "did you mean json?"),
        (("scan", "x", "-o", "json", "-o", "table"), "only one format can go to stdout"),
        (("scan", "x", "-o", "json=/nonexistent/a"), "the directory of the output does not exist"),
        (("scan", "--platform", "a/b/c/d", "x"), "--platform"),
        (("scan", "--timeout", "soon", "x"), "--timeout takes a time"),
        (("scan", "--distro", "debain/12", "x"), "--distro"),
        (("db",), "db takes one action"),
        (("db", "updat"), "did you mean update?"),
        (("--quiet", "scan"), "stands before the verb"),
        (("scan", "docker:"), "nothing follows docker:"),
    ],
)
def test_usage_errors(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """A command that cannot be understood is answered in at most four lines, with exit code 2."""
    done = run(*words, cwd=tmp_path, DUNNAGE_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_no_words_at_all() -> None:
    """No arguments show the overview and fail as a usage error."""
    done = run()
    assert done.returncode == 2
    assert "usage: dunnage" in done.stdout


def test_configuration_file(tmp_path: Path) -> None:
    """A key of dunnage.toml acts like the flag; a wrong one is told with file and line."""
    (tmp_path / "dunnage.toml").write_text('[scan]\nfail-onn = "high"\n', encoding="utf-8")
    done = run("scan", "missing.tar", cwd=tmp_path)
    assert done.returncode == 2
    assert "dunnage.toml" in done.stderr
    assert "fail-on" in done.stderr


def test_configuration_inside_a_target_is_not_read(tmp_path: Path) -> None:
    """What is examined must not decide how it is examined."""
    (tmp_path / "dunnage.toml").write_text("this is not toml", encoding="utf-8")
    done = run("sbom", "dir:.", cwd=tmp_path, DUNNAGE_CACHE_DIR=str(tmp_path / "c"))
    assert done.returncode == 0
