"""Control files are read as Debian's own library reads them."""

from __future__ import annotations

import pytest
from debian.deb822 import Deb822
from hypothesis import given
from hypothesis import strategies as st

from dunnage.model.errors import InputError
from dunnage.parsers.deb822 import paragraphs, relation_names, source
from os_images import image_names, tree


def test_paragraphs_and_continuation_lines() -> None:
    """Blank lines separate, blanks at the start continue, comments and case do not matter."""
    text = "# hello\nPackage: a\nDESCRIPTION: x\n  y\n .\n\tz\n \t\n\n\nPackage:b\nPackage: c\n"
    assert list(paragraphs(text.splitlines(keepends=True))) == [
        {"package": "a", "description": "x\ny\n.\nz"},
        {"package": "b"},
    ]


def test_only_wanted_fields() -> None:
    """Fields nobody wants are left out with their continuation lines."""
    lines = ["A: 1", " 2", "B: 3", " 4"]
    assert list(paragraphs(lines, {"b"})) == [{"b": "3\n4"}]


def test_broken_lines_are_reported_and_the_rest_is_read() -> None:
    """The line number is given; fields before and after are kept."""
    found = list(paragraphs([" lost", "A: 1", "broken line", "B: 2"]))
    assert [error.where for error in found if isinstance(error, InputError)] == ["line 1", "line 3"]
    assert found[-1] == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0, python3:any, libc6",
            ("libc6", "debconf", "debconf-2.0", "python3"),
        ),
        ("a [amd64 !i386] <!nocheck>, b(<<1),\n c", ("a", "b", "c")),
        ("", ()),
        (" , |", ()),
    ],
)
def test_relation_names(value: str, expected: tuple[str, ...]) -> None:
    """Versions, architectures and profiles are dropped, alternatives kept."""
    assert relation_names(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("glibc (2.36-9)", ("glibc", "2.36-9")),
        ("glibc", ("glibc", "")),
        ("", ("", "")),
        ("gcc-12 (12.2.0-14+b1", ("gcc-12", "12.2.0-14+b1")),
    ],
)
def test_source(value: str, expected: tuple[str, str]) -> None:
    """The version in brackets is the source's where it differs from the package's."""
    assert source(value) == expected


@given(st.text(alphabet="ab:#, \t\n\r", max_size=120))
def test_any_text(text: str) -> None:
    """Arbitrary text gives fields or errors, and raises nothing."""
    for item in paragraphs(text.splitlines(keepends=True)):
        assert isinstance(item, InputError) or item


@pytest.mark.parametrize("image", image_names("dpkg"))
def test_real_files_against_python_debian(image: str) -> None:
    """Every field of every paragraph equals what python-debian reads, but for blanks."""
    count = 0
    for path, data in tree(image).items():
        if path != "var/lib/dpkg/status" and "status.d/" not in path:
            continue
        if path.endswith(".md5sums"):
            continue
        lines = data.decode().splitlines()
        expected = [
            {
                key.lower(): "\n".join(line.strip() for line in value.splitlines())
                for key, value in paragraph.items()
            }
            for paragraph in Deb822.iter_paragraphs(lines, use_apt_pkg=False)
        ]
        assert list(paragraphs(lines)) == expected
        count += len(expected)
    assert count
