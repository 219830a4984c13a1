"""The manual page: complete, and roff that the tools of others accept."""

from __future__ import annotations

import subprocess

import pytest

from dunnage.cli._manual import EXIT_CODES, page
from dunnage.cli._offered import verbs
from dunnage.cli._variables import all_options
from processes import run
from support import need


def test_the_page_names_everything() -> None:
    """Every verb, option, variable and exit code is there, the same as the verb ``man`` prints."""
    text = page()
    assert run("man").stdout == text
    plain = text.replace("\\-", "-")
    for verb in verbs():
        assert f'.SS "dunnage {verb.name}' in plain
    for option in all_options():
        assert f"\\fB--{option.name}\\fR" in plain
        assert f".B {option.variable}\n" in plain
    for code, _ in EXIT_CODES:
        assert f".B {code}\n" in plain


def test_no_line_is_a_request_by_accident() -> None:
    """Lines that begin with a full stop are those of the man macros, and none with an apostrophe."""
    known = {"TH", "SH", "SS", "B", "I", "TP", "PP", "RS", "RE", "nf", "fi", "br", "UR", "UE"}
    for line in page().splitlines():
        assert not line.startswith("'")
        if line.startswith("."):
            assert line[1:].split(" ")[0] in known


def test_misuse() -> None:
    """It takes no arguments."""
    done = run("man", "scan")
    assert (done.returncode, done.stdout) == (2, "")
    assert "man takes no arguments" in done.stderr


@pytest.mark.judge
def test_groff_has_no_warning() -> None:
    """GNU roff formats the page with all warnings on and says nothing."""
    need("groff")
    words = ["groff", "-man", "-ww", "-Tutf8"]
    done = subprocess.run(words, input=page(), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "dunnage" in done.stdout


@pytest.mark.judge
def test_mandoc_has_no_complaint() -> None:
    """The other formatter complains of nothing but the date, which the page has none of."""
    need("mandoc")
    words = ["mandoc", "-T", "lint"]
    done = subprocess.run(words, input=page(), capture_output=True, text=True, check=False)
    told = [line for line in done.stdout.splitlines() if "missing date" not in line]
    assert told == []
