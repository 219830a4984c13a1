"""Alpine package versions sort as apk sorts them."""

from __future__ import annotations

import platform
import re
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from dunnage.versions.apk import ordering
from support import data_root
from versions.corpus import Pair, order, pairs, real_versions, rows, wrong

if TYPE_CHECKING:
    from pathlib import Path

# Facts from the test data of apk-tools 3 (test/unit/version.data) and from its comparison rules.
ROWS = rows("""
    2.34 > 0.1.0_alpha
    0.1.0_alpha < 0.1.3_alpha
    0.1.0_alpha2 > 0.1.0_alpha
    1.0.4-r3 < 1.0.4-r4
    1.1 > 1.1_alpha1
    1.3_alpha < 1.3_alpha2
    0.8_beta4 < 4.8-r1
    2.3.0b-r1 < 2.3.0b-r2
    2.5.1-r8 < 2.5.1a-r1
    3.1_p16 < 3.1_p17
    1.06-r6 < 006
    006 > 1.0.0
    1.2.2-r1 > 1.2.2
    2.01.01_alpha10 > 0.94
    1.39 > 1.00_beta2
    1.02 < 1.03-r1
    1.05-r18 < 1.05-r19
    0.9.16-r1 < 3.9_pre20060124
    6b-r7 > 1.12-r7
    1.06-r1 < 1.06-r2
    0.0.50 > 0.0.16
    02.08.01b < 4.77
    1.07-r1 < 1.07.5
    1.2.07.8 < 1.2.12.04
    4.5_p1-r1 > 4.5_p1
    1.0_p10-r0 > 1.0_p9-r0
    0.1.0_alpha_pre2 < 0.1.0_alpha
    1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0
    6.0_pre1 < 6.0
    6.1_pre1 < 6.1
    6.0_p1 > 6.0
    6.1_p1 > 6.1
    8.2.0 < 8.2.001
    8.2.0015 < 8.2.002
    1.0~1234 < 1.0~2345
    1.0~1234-r1 < 1.0~2345-r0
    1.0~1234-r1 > 1.0~1234-r0
    1.0 < 1.0bc
    23_foo > 4_beta
    1.0 < 1.0.0
    1.0_alpha < 1.0_beta
    1.0_beta < 1.0_pre
    1.0_pre < 1.0_rc
    1.0_rc < 1.0
    1.0 < 1.0_cvs
    1.0_cvs < 1.0_svn
    1.0_svn < 1.0_git
    1.0_git < 1.0_hg
    1.0_hg < 1.0_p
    1.0_p < 1.0a
    1.0a < 1.0.1
    1.0_rc1-r5 < 1.0-r0
    1.0-r0 < 1.0~ab
    1.0 < 1.0-r0
    7.0.174 > 7.0.17
    2021-03-27-r5 < 2021
    10.2.22.r0 < 10.2.22-r0
    1.2.31-0 < 1.2.31
    5.0.18446744073709551616 > 5.0.18446744073709551615
""")
VALID = re.compile(
    r"[0-9]+(\.[0-9]+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*(-r[0-9]+)?"
)


def test_known_rows() -> None:
    """Suffixes, letters, revisions, leading zeros, hashes, and what apk calls invalid."""
    assert wrong(ordering.key, ROWS) == []


@pytest.mark.parametrize("text", ["", ".1", "a", "_pre1", "-r1", "1 0", "1é", "1" * 513])
def test_what_is_no_version(text: str) -> None:
    """What does not begin with a digit, and odd characters, are refused."""
    with pytest.raises(ValueError, match="no "):
        ordering.key(text)


def test_every_real_version_has_a_key() -> None:
    """Every version of the shared Alpine advisories is read, the misspelt ones too."""
    versions = real_versions("Alpine")
    assert len(versions) > 4000
    for version in versions:
        ordering.key(version)


@pytest.mark.judge
def test_real_pairs_agree_with_apk(tmp_path: Path) -> None:
    """The same as the program apk 2.14.4 of a real Alpine root file system, run in place."""
    if platform.machine() != "x86_64" or platform.system() != "Linux":
        pytest.skip("the apk program in the shared data is for Linux on x86_64")
    image = data_root() / "images/alpine/alpine-minirootfs-20240923-x86_64.tar.gz"
    with tarfile.open(image) as archive:
        wanted = ("./lib/ld-musl", "./usr/lib/lib", "./sbin/apk")
        members = [member for member in archive if member.name.startswith(wanted)]
        archive.extractall(tmp_path, members, filter="data")
    drawn = pairs(real_versions("Alpine"), "0123456789._-abr", 500)
    judged = [pair for pair in drawn if all(_same_in_both(text) for text in pair)]
    assert len(judged) > 80
    bad = [pair for pair in judged if order(ordering.key, pair) != _apk(tmp_path, pair)]
    assert bad == []


def _same_in_both(text: str) -> bool:
    """Return True for valid versions without a leading zero, which apk 2 compares otherwise."""
    return VALID.fullmatch(text) is not None and re.search(r"\.0[0-9]", text) is None


def _apk(root: Path, pair: Pair) -> int:
    loader = f"{root}/lib/ld-musl-x86_64.so.1"
    libraries = f"{root}/lib:{root}/usr/lib"
    command = [loader, "--library-path", libraries, f"{root}/sbin/apk", "version", "-t", *pair]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"<": -1, "=": 0, ">": 1}[done.stdout.strip()]
