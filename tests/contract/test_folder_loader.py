"""The loader of plug-ins: a folder, a name, an attribute, and nothing else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from dunnage.io.folder import load, load_all, names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "loader_shelf"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an importable, empty folder of plug-ins."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for known in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[known]


def test_names_are_kebab_case_and_sorted(shelf: Path) -> None:
    """The file name is the public name; helpers and what is no Python file are left out."""
    for stem in ("two_words", "alpha", "_helper"):
        (shelf / f"{stem}.py").write_text("plug = 1\n")
    (shelf / "notes.md").write_text("")
    (shelf / "data.toml").write_text("")
    assert names(PACKAGE) == ("alpha", "two-words")


def test_names_import_nothing(shelf: Path) -> None:
    """Listing is cheap and safe: a file that cannot be imported is listed all the same."""
    (shelf / "broken.py").write_text("raise RuntimeError('imported')\n")
    assert names(PACKAGE) == ("broken",)
    with pytest.raises(RuntimeError, match="imported"):
        load(PACKAGE, "broken", "plug", int)


def test_load_imports_one_file_only(shelf: Path) -> None:
    """The price of one plug-in is one import."""
    (shelf / "one.py").write_text("plug = 1\n")
    (shelf / "other.py").write_text("plug = 2\n")
    assert load(PACKAGE, "one", "plug", int) == 1
    assert f"{PACKAGE}.one" in sys.modules
    assert f"{PACKAGE}.other" not in sys.modules


@pytest.mark.parametrize(
    "name", ["", "missing", "-helper", "_helper", "sub.one", "../one", "one.py", "ONE", "__init__"]
)
def test_only_listed_names_are_loaded(shelf: Path, name: str) -> None:
    """A name from a command line reaches no helper, no other folder and no other spelling."""
    (shelf / "one.py").write_text("plug = 1\n")
    (shelf / "_helper.py").write_text("plug = 2\n")
    with pytest.raises(KeyError):
        load(PACKAGE, name, "plug", int)


@pytest.mark.parametrize("text", ["", "plug = None\n", "plug = 'text'\n", "other = 1\n"])
def test_wrong_attribute_is_told(shelf: Path, text: str) -> None:
    """What lacks the attribute is named with the attribute and its type."""
    (shelf / "two_words.py").write_text(text)
    with pytest.raises(TypeError, match=r"loader_shelf\.two_words has no 'plug' of type int"):
        load(PACKAGE, "two-words", "plug", int)


def test_load_all_is_sorted_and_complete(shelf: Path) -> None:
    """All plug-ins come by public name, in an order that depends on nothing else."""
    for index, stem in enumerate(("zeta", "mid_way", "alpha")):
        (shelf / f"{stem}.py").write_text(f"plug = {index}\n")
    assert list(load_all(PACKAGE, "plug", int).items()) == [
        ("alpha", 2),
        ("mid-way", 1),
        ("zeta", 0),
    ]


def test_empty_folder_has_no_plugins(shelf: Path) -> None:
    """A folder without files is no error."""
    assert names(PACKAGE) == ()
    assert load_all(PACKAGE, "plug", int) == {}
    assert shelf.is_dir()


def test_missing_folder_is_an_error() -> None:
    """A folder that does not exist is a mistake of the caller."""
    with pytest.raises(ModuleNotFoundError):
        names("dunnage.no_such_room")
