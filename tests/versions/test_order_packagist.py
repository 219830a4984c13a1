"""Composer versions sort as composer/semver and PHP sort them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dunnage.versions.packagist import ordering
from support import need
from versions.corpus import order, pairs, real_versions, rows, wrong

ROWS = rows("""
    1.0 = 1.0.0.0
    v1.0.0 = 1
    1.0.0-dev < 1.0.0-alpha
    1.0.0-alpha = 1.0.0-a
    1.0.0-alpha < 1.0.0-beta
    1.0.0-beta < 1.0.0-RC
    1.0.0-RC1 < 1.0.0
    1.0.0-rc.1 = 1.0.0RC1
    1.0.0-beta2 < 1.0.0-beta10
    1.0.0-beta < 1.0.0-beta1
    1.0.0 < 1.0.0-p1
    1.0.0-patch1 = 1.0.0pl1
    1.0.0-p1 > 1.0.0
    1.0.0-p1 < 1.0.1
    1.0.0-stable = 1.0.0
    1.0.0+build = 1.0.0
    1.x-dev > 1.999.0
    1.x-dev < 2.0.0-dev
    1.0.x-dev < 1.1.0
    1.9 < 1.10
    20200101 < 20200102
    2020.01.02 < 2020.1.3
    1.0.0@beta = 1.0.0
""")
PROGRAM = """
require $argv[1];
$parser = new Composer\\Semver\\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    list($left, $right) = explode("\\t", rtrim($line, "\\n"));
    try {
        $left = $parser->normalize($left);
        $right = $parser->normalize($right);
        $named = strpos($left, 'dev-') === 0 || strpos($right, 'dev-') === 0;
        echo $named ? "refused" : version_compare($left, $right), "\\n";
    } catch (Exception $error) {
        echo "refused\\n";
    }
}
"""
LIBRARY = Path("/usr/share/php/Composer/Semver/autoload.php")


def test_known_rows() -> None:
    """Stabilities, patches, open branches and dates."""
    assert wrong(ordering.key, ROWS) == []


@pytest.mark.parametrize("text", ["", "dev-main", "main", "1..2", "1.2.3.4.5.6", "x-dev", "^1.0"])
def test_what_is_no_version(text: str) -> None:
    """Branches by name and constraints have no order."""
    with pytest.raises(ValueError, match="no "):
        ordering.key(text)


@pytest.mark.judge
def test_pairs_agree_with_composer() -> None:
    """What Composer reads of real versions and small changes of them sorts the same here."""
    need("php")
    if not LIBRARY.exists():
        pytest.skip("not installed here: php-composer-semver")
    drawn = pairs(real_versions("Packagist"), "0123456789.-+vabrcpxde", 8000)
    done = subprocess.run(
        ["php", "-r", PROGRAM, "--", str(LIBRARY)],
        input="".join(f"{left}\t{right}\n" for left, right in drawn),
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = done.stdout.split()
    assert len(wanted) == len(drawn)
    different = []
    for pair, want in zip(drawn, wanted, strict=True):
        if want != "refused" and order(ordering.key, pair) != int(want):
            different.append(pair)
    assert different == []
    assert wanted.count("refused") < len(drawn) * 2 / 3
