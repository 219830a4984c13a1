"""The changelog is made of fragments, and a bad fragment stops it before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import changelog
import pytest

from support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FRAGMENTS = {
    "0001-first.added.md": "- One thing.\n- Another,\n  on two lines.\n",
    "0002-hole.security.md": "- A hole is closed.\n",
    "0010-later.added.md": "- A third thing.\n",
}
FIRST = """# Changelog

## 0.2.0 (2027-01-15)

### Security

- A hole is closed.

### Added

- One thing.
- Another,
  on two lines.
- A third thing.
"""


def house(root: Path, fragments: dict[str, str]) -> Path:
    """Make a source tree of fragments only."""
    folder = root / "changelog.d"
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text("# Changelog fragments\n")
    for name, text in fragments.items():
        (folder / name).write_text(text)
    return root


def test_fragments_become_a_release(tmp_path: Path) -> None:
    """They are joined by kind, in the order of their names, and removed."""
    root = house(tmp_path, FRAGMENTS)
    assert changelog.main(["0.2.0", "--date", "2027-01-15"], root) == 0
    assert (root / "CHANGELOG.md").read_text() == FIRST
    assert [path.name for path in (root / "changelog.d").iterdir()] == ["README.md"]


def test_newest_release_comes_first(tmp_path: Path) -> None:
    """A later release goes above, and what was written before stays as it is."""
    root = house(tmp_path, FRAGMENTS)
    assert changelog.main(["0.2.0", "--date", "2027-01-15"], root) == 0
    house(root, {"0011-more.fixed.md": "- A bug.\n"})
    assert changelog.main(["0.3.0", "--date", "2027-02-01"], root) == 0
    new = "## 0.3.0 (2027-02-01)\n\n### Fixed\n\n- A bug.\n\n"
    assert (root / "CHANGELOG.md").read_text() == FIRST.replace("## 0.2.0", f"{new}## 0.2.0")


def test_a_look_ahead_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a version the next release is printed."""
    root = house(tmp_path, FRAGMENTS)
    assert changelog.main([], root) == 0
    shown = capsys.readouterr().out
    assert shown == FIRST.removeprefix("# Changelog\n\n").replace(
        "0.2.0 (2027-01-15)", "Unreleased"
    )
    assert not (root / "CHANGELOG.md").exists()


@pytest.mark.parametrize(
    ("fragments", "words", "told"),
    [
        ({}, ["1.0.0"], "nothing has changed"),
        (FRAGMENTS, ["1.0"], "no version: '1.0'"),
        (FRAGMENTS, ["1.0.0", "--date", "tomorrow"], "tomorrow"),
        ({"first.added.md": "- x\n"}, ["1.0.0"], "first.added.md: name it"),
        ({"0001-x.new.md": "- x\n"}, ["1.0.0"], "0001-x.new.md: name it"),
        ({"0001-x.added.md": "prose\n"}, ["1.0.0"], "0001-x.added.md: no list item: 'prose'"),
        ({"0001-x.added.md": "\n"}, ["1.0.0"], "0001-x.added.md: it has no list item"),
    ],
)
def test_nothing_is_written_by_mistake(
    fragments: dict[str, str],
    words: list[str],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each mistake is told with its file, and every fragment stays."""
    root = house(tmp_path, fragments)
    assert changelog.main(words, root) == 2
    assert told in capsys.readouterr().err
    assert not (root / "CHANGELOG.md").exists()
    assert len(list((root / "changelog.d").iterdir())) == len(fragments) + 1


def test_a_version_is_released_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same version a second time is refused."""
    root = house(tmp_path, FRAGMENTS)
    assert changelog.main(["0.2.0"], root) == 0
    house(root, {"0011-more.fixed.md": "- A bug.\n"})
    assert changelog.main(["0.2.0"], root) == 2
    assert "has version 0.2.0 already" in capsys.readouterr().err


def test_our_own_fragments_are_well_formed() -> None:
    """What lies in ``changelog.d`` now can be released."""
    assert all(changelog.fragments(ROOT / "changelog.d").values())
