"""The os-release cataloger keeps what the files say, as written and bounded."""

from __future__ import annotations

from dunnage.catalogers.os_release import cataloger
from os_images import fact_of, wants


def test_assignments_become_notes() -> None:
    """Keys are in lower case, values without quotes."""
    fact = fact_of(cataloger, "etc/os-release", b"NAME='A B'\nID=a\nVERSION_ID=\"1\"\n")
    assert fact is not None
    assert fact.notes == (("name", "A B"), ("id", "a"), ("version_id", "1"))
    assert fact.packages == ()


def test_release_lines_become_notes() -> None:
    """Files of one line are kept line by line; bytes that are no UTF-8 do no harm."""
    fact = fact_of(cataloger, "etc/redhat-release", b" CentOS release 6.10 \xff \n\nx\n")
    assert fact is not None
    assert fact.notes == (("line", "CentOS release 6.10 \ufffd"), ("line", ""), ("line", "x"))


def test_branches_of_alpine_repositories() -> None:
    """Every branch once, comments and tags aside; local repositories name none."""
    text = b"""
https://dl-cdn.alpinelinux.org/alpine/v3.19/main
https://dl-cdn.alpinelinux.org/alpine/v3.19/community
@edge http://mirror.example.org/edge/testing
#https://dl-cdn.alpinelinux.org/alpine/v3.20/main
/home/me/packages
"""
    fact = fact_of(cataloger, "etc/apk/repositories", text)
    assert fact is not None
    assert fact.notes == (("branch", "v3.19"), ("branch", "edge"))


def test_empty_files_say_nothing() -> None:
    """No assignment and no line gives no fact."""
    assert fact_of(cataloger, "etc/os-release", b"# nothing\n") is None
    assert fact_of(cataloger, "etc/alpine-release", b"") is None


def test_huge_files_are_cut() -> None:
    """Thousands of assignments or one endless line stay small."""
    many = b"".join(b"K%d=v\n" % number for number in range(9000))
    for path, data in (("etc/os-release", many), ("etc/debian_version", b"x" * 1_000_000)):
        fact = fact_of(cataloger, path, data)
        assert fact is not None
        assert sum(len(key) + len(value) for key, value in fact.notes) < 10_000


def test_wanted_files() -> None:
    """os-release at both places and the older files."""
    for path in (
        "etc/os-release",
        "usr/lib/os-release",
        "etc/debian_version",
        "etc/apk/repositories",
    ):
        assert wants(cataloger, path)
    assert not wants(cataloger, "usr/share/os-release")
