"""Each output format and each kind of target has a page, made from what it declares."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import doc_pages
import pytest

from dunnage.cli._command import Command
from dunnage.cli._parse import parse
from dunnage.io.folder import load_all, names
from support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = doc_pages.pages()
VERBS = load_all("dunnage.cli", "command", Command)


def test_every_plugin_has_its_page() -> None:
    """No list of pages is kept anywhere: a new file in the folder is a new page."""
    formats = {f"formats/{name}.md" for name in names("dunnage.render")}
    targets = {f"targets/{name}.md" for name in names("dunnage.sources")}
    kinds = ("dockerfile", "workflow", "image")
    rules = {f"rules/{kind}/{name}.md" for kind in kinds for name in names(f"dunnage.rules.{kind}")}
    listings = {"formats/index.md", "targets/index.md", "options.md"}
    listings |= {f"rules/{kind}/index.md" for kind in kinds}
    assert set(PAGES) == formats | targets | rules | listings
    for path in formats | targets | rules:
        folder, _, name = path.removesuffix(".md").rpartition("/")
        assert f"[`{name}`]({name}.md)" in PAGES[f"{folder}/index.md"]


@pytest.mark.parametrize("path", [path for path in PAGES if not path.endswith("/index.md")])
def test_example_is_understood(path: str) -> None:
    """The command a page begins with has the options it uses."""
    commands = re.findall(r"^ {4}(dunnage (?:scan|explain) .+)$", PAGES[path], re.MULTILINE)
    assert commands
    for command in commands:
        if path != "options.md":
            verb = shlex.split(command)[1]
            parse(verb, VERBS[verb], shlex.split(command)[2:])


@pytest.mark.parametrize("path", [path for path in PAGES if path.startswith("formats/")])
def test_sample_is_cut_to_a_page(path: str) -> None:
    """Every format shows what it writes, in lines that can be read, and one block that ends."""
    if path.endswith("/index.md"):
        return
    text = PAGES[path]
    assert len(re.findall("^~~~", text, re.MULTILINE)) == 2
    sample = text.partition("## Sample")[2].split("~~~")[1].splitlines()
    assert 1 < len(sample) <= 43
    assert max(map(len, sample)) <= 100


def test_samples_are_what_the_program_writes() -> None:
    """The sample of a target is its real output."""
    assert "CycloneDX" in PAGES["targets/sbom.md"]
    assert "dunnage sbom project:tests/data/projects/npm-v3" in PAGES["targets/project.md"]
    assert re.search(r"Packages \(\d+\)", PAGES["targets/project.md"])


def test_documentation_holds_them(tmp_path: Path) -> None:
    """The strict build takes every page, and each is in the navigation."""
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "--strict", "--site-dir", tmp_path],
        check=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "NO_MKDOCS_2_WARNING": "1"},
    )
    start = (tmp_path / "index.html").read_text(encoding="utf-8")
    for path in PAGES:
        place = re.sub(r"(?:(?<=/)index)?\.md$", "", path)
        assert (tmp_path / place / "index.html").is_file()
        assert f'href="{place}' in start
