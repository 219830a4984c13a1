"""RubyGems versions sort as Gem::Version sorts them."""

from __future__ import annotations

import subprocess

import pytest

from dunnage.versions.rubygems import ordering
from support import need
from versions.corpus import order, pairs, real_versions, rows, wrong

ROWS = rows("""
    1.0 = 1
    1.0 = 1.0.0
    1.0.a = 1.a
    1.a < 1
    1.0.0.beta1 < 1.0.0.beta2
    1.0.0.beta2 < 1.0.0.beta10
    1.0.0.rc1 < 1.0.0
    1.0.0-rc.1 = 1.0.0.pre.rc.1
    1.0.0-rc.1 < 1.0.0
    1.9 < 1.10
    1.a.0.b < 1.a
    1.a.b < 1.a.0.b
    1.a.0.1 > 1.a
    1.0.1 > 1
    1.0.B < 1.0.a
    4.25.14p12 < 4.25.14
    2.1.0pre1 < 2.1.0
    01.2 = 1.2
""")
PROGRAM = """
STDIN.each_line do |line|
  left, right = line.chomp.split("\\t")
  begin
    puts Gem::Version.new(left) <=> Gem::Version.new(right)
  rescue ArgumentError
    puts "refused"
  end
end
"""


def test_known_rows() -> None:
    """Letters before numbers, missing segments as zero, hyphens: Gem::Version."""
    assert wrong(ordering.key, ROWS) == []


@pytest.mark.parametrize("text", ["", "a", "1..2", "1.", "1_2", "1.2-", "1\n", "1" * 513])
def test_what_is_no_version(text: str) -> None:
    """What Gem::Version refuses is refused."""
    with pytest.raises(ValueError, match="no "):
        ordering.key(text)


@pytest.mark.judge
def test_pairs_agree_with_ruby() -> None:
    """Versions of real advisories and small changes of them sort, or are refused, as in Ruby."""
    need("ruby")
    drawn = pairs(real_versions("RubyGems"), "0123456789.-abrc", 8000)
    done = subprocess.run(
        ["ruby", "-e", PROGRAM],
        input="".join(f"{left}\t{right}\n" for left, right in drawn),
        capture_output=True,
        text=True,
        check=True,
    )
    found = []
    for pair in drawn:
        try:
            found.append(str(order(ordering.key, pair)))
        except ValueError:
            found.append("refused")
    wanted = done.stdout.split()
    assert len(wanted) == len(drawn)
    assert [row for row in zip(drawn, found, wanted, strict=True) if row[1] != row[2]] == []
    assert wanted.count("refused") < len(drawn) / 2
