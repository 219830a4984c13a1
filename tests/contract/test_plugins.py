"""Every plug-in file is complete; a new one is told in plain words what it still lacks."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dunnage.cli._command import Command
from dunnage.cli._main import run
from dunnage.io.folder import load, load_all, names
from dunnage.model.cataloger import Cataloger, Fact, File
from dunnage.model.ordering import Ordering
from plugins import KINDS, Kind, lacks, plugins, texts_of_tests
from support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

VERBS = load_all("dunnage.cli", "command", Command)


@pytest.mark.parametrize(("folder", "name"), plugins())
def test_plugin_is_complete(folder: str, name: str) -> None:
    """A plug-in has its attribute, its docstring, a test, and a declaration that makes sense."""
    missing = lacks(KINDS[folder], name, texts_of_tests())
    assert not missing, f"{folder}/{name} still lacks:\n  " + "\n  ".join(missing)


@pytest.mark.parametrize("folder", KINDS)
def test_folder_holds_plugins(folder: str) -> None:
    """No folder of plug-ins is empty, and names differ by more than case and separators."""
    found = names(KINDS[folder].package)
    assert found
    assert len({name.lower().replace("-", "") for name in found}) == len(found)


def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> str:
    """Make a folder of plug-ins that can be imported, and return its dotted name."""
    package = f"plugs_{abs(hash(tmp_path))}"
    folder = tmp_path / package
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for stem, text in files.items():
        (folder / f"{stem}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    for known in [known for known in sys.modules if known.startswith(package)]:
        monkeypatch.delitem(sys.modules, known)
    return package


def test_empty_file_is_told_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without the attribute is told its name and type."""
    package = _folder(tmp_path, monkeypatch, new_format="")
    kind = replace(KINDS["catalogers"], package=package)
    (told,) = lacks(kind, "new-format", {})
    assert "has no 'cataloger' of type Cataloger" in told


def test_hasty_cataloger_is_told_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that is missing is told at once, not one thing per run."""
    text = (
        "from dunnage.model.cataloger import Cataloger\n"
        "cataloger = Cataloger(parse=lambda file: None, version=0, types=())\n"
    )
    package = _folder(tmp_path, monkeypatch, hasty=text)
    kind = replace(KINDS["catalogers"], package=package)
    told = "\n".join(lacks(kind, "hasty", {tmp_path / "test_x.py": "about something else"}))
    for word in ("no docstring", "no test names it", "'types' is empty", "no file", "'version'"):
        assert word in told
    named = lacks(kind, "hasty", {tmp_path / "test_x.py": 'read("hasty", body)'})
    assert not any("test" in line for line in named)


def test_hasty_verb_is_told_what_it_lacks() -> None:
    """A verb whose help would read badly is told where."""
    command = Command(
        summary="s" * 70,
        description="",
        examples=(("", "scan x"),),
        words="",
        words_help="",
        groups=(*VERBS["db"].groups, *VERBS["db"].groups),
        run=VERBS["db"].run,
        phase="later",
    )
    told = "\n".join(KINDS["cli"].check("hasty", command))
    for word in ("'summary'", "'phase'", "'scan x'", "--only is declared twice"):
        assert word in told


def test_hasty_rule_is_told_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule without documentation, examples or a place in the calls is told so."""
    text = (
        '"""Short."""\n'
        "from dunnage.model.rule import Rule\n"
        "from dunnage.model.severity import Severity\n"
        "from dunnage.rules.dockerfile._rule import DockerfileRule\n"
        "about = Rule(summary='It is wrong.', severity=Severity.UNKNOWN, peers=('DL1',))\n"
        "rule = DockerfileRule(about, keywords=('run',))\n"
    )
    package = _folder(tmp_path, monkeypatch, hasty=text)
    kind = replace(KINDS["dockerfile"], package=package)
    told = "\n".join(lacks(kind, "hasty", {}))
    for word in ("## Instead", "hasty.md", "'summary'", "'severity'", "'DL1'", "upper case"):
        assert word in told


def test_wrong_names_are_told() -> None:
    """What the router would never match is told: slashes, missing dots, long magic."""

    def parse(file: File) -> Fact | None:
        return Fact(path=file.path)

    wrong = Cataloger(
        parse=parse,
        version=1,
        types=("x",),
        names=("a/b",),
        suffixes=("jar",),
        paths=("/etc/x",),
        magic=(b"123456789",),
    )
    told = "\n".join(KINDS["catalogers"].check("wrong", wrong))
    for word in ("'names'", "their dot", "leading slash", "'magic'"):
        assert word in told


def test_every_ecosystem_and_type_has_one_ordering() -> None:
    """No two orderings claim the same ecosystem or package URL type; the loader keeps the last."""
    found = load_all("dunnage.versions", "ordering", Ordering).values()
    for claimed in (
        [one for ordering in found for one in ordering.ecosystems],
        [one for ordering in found for one in ordering.types],
    ):
        assert sorted(claimed) == sorted(set(claimed))


@pytest.mark.parametrize("verb", VERBS)
def test_help_shows_every_option_and_example(
    verb: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The help of a verb shows all of its options and examples within 88 columns."""
    assert run([verb, "--help"], {}) == 0
    shown = capsysbinary.readouterr().out.decode()
    command = VERBS[verb]
    options = [option for group in command.groups for option in group.options]
    assert all(f"--{option.name}" in shown for option in options)
    assert all(line in shown for _, line in command.examples)
    body = shown.partition("\nexamples:\n")[0]
    assert max(map(len, body.splitlines())) <= 90


def test_overview_lists_every_verb_and_how_to_set_options(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """The first thing a user sees names all verbs, their summaries and the environment rule."""
    assert run(["--help"], {}) == 0
    shown = capsysbinary.readouterr().out.decode()
    for verb, command in VERBS.items():
        assert f"  {verb:<10} {command.summary}\n" in shown
    assert "(--fail-on: DUNNAGE_FAIL_ON)" in shown
    assert max(map(len, shown.splitlines())) <= 90


def test_one_variable_means_one_thing() -> None:
    """An option of the same name has the same type in every verb, as they share a variable."""
    types: dict[str, set[type]] = {}
    for command in VERBS.values():
        for group in command.groups:
            for option in group.options:
                types.setdefault(option.variable, set()).add(type(option.default))
    assert {variable for variable, kinds in types.items() if len(kinds) > 1} == set()


def test_kind_is_checked_by_the_loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has the right name and the wrong type is refused, too."""
    package = _folder(tmp_path, monkeypatch, odd="ordering = 'deb'\n")
    with pytest.raises(TypeError, match="no 'ordering' of type Ordering"):
        load(package, "odd", "ordering", Ordering)
    odd = Kind(package, "ordering", Ordering, KINDS["versions"].check)
    assert "no 'ordering' of type Ordering" in lacks(odd, "odd", {})[0]


def test_reference_names_every_option_and_variable() -> None:
    """The reference that is generated for the documentation leaves no option out."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "reference.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    for verb, command in VERBS.items():
        assert f"\n## dunnage {verb}\n" in done.stdout
        for group in command.groups:
            for option in group.options:
                assert f"--{option.name}" in done.stdout
                assert f"| `{option.variable}` |" in done.stdout
                assert option.help.replace("|", "\\|") in done.stdout


def test_unlisted_lock_file_is_told() -> None:
    """A lock file that the table of source trees does not know, or calls unread, is told."""

    def parse(file: File) -> Fact | None:
        return Fact(path=file.path)

    lock = Cataloger(parse=parse, version=1, types=("x",), names=("pdm.lock",), project=True)
    told = "\n".join(KINDS["catalogers"].check("pdm-lock", lock))
    assert "none of ['pdm.lock'] among its 'locks'" in told
    assert "pdm.lock cannot be read" in told
