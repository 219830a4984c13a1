"""RPM versions sort as rpm sorts them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from dunnage.versions.rpm import ordering
from support import need
from versions.corpus import order, pairs, real_versions, rows, wrong

if TYPE_CHECKING:
    from pathlib import Path

ROWS = rows("""
    1.0 = 1.0
    1.0 = 1_0
    1.0 = 1.0.
    1.0 < 1.0.1
    1.0 < 1.0a
    1.0a < 1.0.1
    1.a < 1.1
    2a < 2.0
    1.05 = 1.5
    1.0010 > 1.9
    1.0~rc1 < 1.0
    1.0~rc1 < 1.0~rc2
    1.0~rc1~git1 < 1.0~rc1
    1.0^ > 1.0
    1.0^git1 > 1.0
    1.0^git1 < 1.01
    1.0^git1 < 1.0.1
    1.0^20160101 < 1.0^20160102
    1.0^20160101^git1 > 1.0^20160101
    1.0~rc1^git1 > 1.0~rc1
    1.0^git1~pre < 1.0^git1
    1.0-1 = 0:1.0-1
    1.0-1 < 1:0.1-1
    1.0-1.el8 < 1.0-1.el9
    1.0-1.el8 < 1.0-1.el8_4
    1.0-1.el8_4 < 1.0-1.el8_10
    1.0 < 1.0-0
    1.0-9 < 1.0-10
    1.1.1k-9.el8_7 < 1.1.1k-12.el8_9
    abc < abd
    ab < abc
    18446744073709551617 > 18446744073709551616
    4.18.0-553.el8_10 > 4.18.0-553.el8
""")


def test_known_rows() -> None:
    """Separators, letters and digits, tilde, caret, epoch and release: rpm-version(7)."""
    assert wrong(ordering.key, ROWS) == []


@pytest.mark.parametrize("text", ["", "-1", ".", "1:-2", "é", "1" * 513])
def test_what_is_no_version(text: str) -> None:
    """A text without letter or digit in its version, or a very long one, is refused."""
    with pytest.raises(ValueError, match="no rpm version"):
        ordering.key(text)


def test_every_real_version_has_a_key() -> None:
    """Every version of the shared rpm advisories is read."""
    versions = real_versions("AlmaLinux", "Rocky Linux")
    assert len(versions) > 5000
    assert len({ordering.key(version) for version in versions if version != "0"}) > 5000


@pytest.mark.judge
def test_real_pairs_agree_with_rpm(tmp_path: Path) -> None:
    """Versions of real advisories and small changes of them sort as rpm itself sorts them."""
    need("rpm")
    drawn = pairs(real_versions("AlmaLinux"), "0123456789.~^-abZ+_:", 8000)
    listed = tmp_path / "pairs"
    listed.write_text("".join(f"{left}\t{right}\n" for left, right in drawn), encoding="utf-8")
    script = tmp_path / "compare.lua"
    script.write_text(
        f"local out = {{}}\nfor line in io.lines('{listed}') do\n"
        "  local a, b = line:match('^(.-)\\t(.*)$')\n"
        "  local ok, found = pcall(rpm.vercmp, a, b)\n"
        "  out[#out + 1] = ok and tostring(found) or 'refused'\n"
        "end\nprint(table.concat(out, ' '))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["rpm", "--eval", f'%{{lua:dofile("{script}")}}'],
        capture_output=True,
        text=True,
        check=True,
    )
    found = done.stdout.split()
    assert len(found) == len(drawn)
    judged = [(p, int(word)) for p, word in zip(drawn, found, strict=True) if word != "refused"]
    readable = [(pair, want) for pair, want in judged if all(_readable(text) for text in pair)]
    assert len(readable) > 7900
    assert [row for row in readable if order(ordering.key, row[0]) != row[1]] == []


def _readable(text: str) -> bool:
    try:
        ordering.key(text)
    except ValueError:
        return False
    return True
