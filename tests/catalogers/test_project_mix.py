"""What Mix locked is read as Hex meant it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projects import inventory_of, needs, purls, sample, tree_at

if TYPE_CHECKING:
    from pathlib import Path


def test_mix_lock() -> None:
    """mix.lock gives packages by their names at Hex, with lines, checksums and needs."""
    found = sample("mix")
    assert purls(found) == [
        "pkg:hex/cowlib@2.11.0",
        "pkg:hex/hpack_erl@0.3.0",
        "pkg:hex/mime@1.6.0",
        "pkg:hex/phoenix_html@3.0.4",
        "pkg:hex/plug@1.3.2",
        "pkg:hex/ts_chatterbox@0.15.1",
    ]
    assert found.problems == ()
    packages = {package.name: package for package in found.packages}
    assert packages["plug"].locations[0].line == 7
    assert packages["ts_chatterbox"].hashes[0][0] == "sha-256"
    assert packages["phoenix_html"].hashes == ()
    assert needs(found) == {
        "phoenix_html@3.0.4": {"plug@1.3.2"},
        "plug@1.3.2": {"mime@1.6.0"},
        "ts_chatterbox@0.15.1": {"hpack_erl@0.3.0"},
    }
    assert ("source", "hexpm:acme") in packages["mime"].extra


def test_a_broken_line_loses_no_other(tmp_path: Path) -> None:
    """Lines that are no dependency are counted and told; what comes from Git is no such line."""
    text = """%{
  "good": {:hex, :good, "1.0.0", "00", [:mix], [], "hexpm"},
  "bad": {:hex, "no atom", "1.0.0"},
  <<<<<<< HEAD
  "git": {:git, "https://example.org/git.git", "00", []},
}
"""
    found = inventory_of(f"project:{tree_at(tmp_path, mix_lock=text)}")
    assert purls(found) == ["pkg:hex/good@1.0.0"]
    (problem,) = found.problems
    assert (problem.code, problem.count) == ("broken-package-record", 2)


def test_what_is_no_map_is_refused(tmp_path: Path) -> None:
    """A cut file is a problem, not a shorter list."""
    found = inventory_of(f"project:{tree_at(tmp_path, mix_lock='%{')}")
    assert [problem.code for problem in found.problems] == ["broken-file"]
