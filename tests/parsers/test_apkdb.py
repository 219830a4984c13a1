"""The database of apk is read record by record; a broken one loses only itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.model.errors import InputError
from dunnage.parsers.apkdb import Record, names, records
from os_images import image_names, tree

TEXT = """\
C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=
P:busybox
V:1.36.1-r15
A:x86_64
S:509600
T:Size optimized toolbox
L:GPL-2.0-only
o:busybox
m:Sören Tempel <soeren@example.org>
D:so:libc.musl-x86_64.so.1 !uclibc musl>=1.2.3_git20230424
p:cmd:sh=1.36.1-r15 /bin/sh
F:
R:.profile
F:bin
M:0:0:755
R:busybox
a:0:0:755
Z:Q1abc=
F:etc

P:.build-deps
V:20240101.120000
"""


def test_a_record() -> None:
    """All letters we use are read; directories apply to the files after them."""
    first, second = records(TEXT.splitlines(keepends=True), lambda _: True)
    assert isinstance(first, Record)
    assert (first.name, first.version, first.arch) == ("busybox", "1.36.1-r15", "x86_64")
    assert (first.origin, first.license) == ("busybox", "GPL-2.0-only")
    assert first.maintainer == "Sören Tempel <soeren@example.org>"
    assert first.depends == ("so:libc.musl-x86_64.so.1", "musl")
    assert first.provides == ("cmd:sh", "/bin/sh")
    assert first.files == [".profile", "bin/busybox"]
    assert isinstance(second, Record)
    assert (second.name, second.origin, second.files) == (".build-deps", "", [])


def test_only_wanted_files_are_kept() -> None:
    """The predicate sees whole paths."""
    first, _ = records(TEXT.splitlines(), lambda path: path.startswith("bin/"))
    assert isinstance(first, Record)
    assert first.files == ["bin/busybox"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a>=1 b<2 c=3 d~4 e~=5 f><Q1xyz= g@edge", ("a", "b", "c", "d", "e", "f", "g")),
        ("so:libz.so.1=1.2.13 cmd:foo=1 pc:zlib", ("so:libz.so.1", "cmd:foo", "pc:zlib")),
        ("!conflict a a !b>1", ("a",)),
        ("", ()),
        (">=1", ()),
    ],
)
def test_dependency_names(value: str, expected: tuple[str, ...]) -> None:
    """Names end at a version operator or a repository tag; conflicts are no needs."""
    assert names(value) == expected


def test_a_record_without_name_or_version_is_reported() -> None:
    """The records around it are kept, and the line is that of its beginning."""
    found = list(records("P:a\nV:1\n\n\nP:b\nA:x\n\nV:1\n\nP:c\nV:2".splitlines()))
    good = [record.name for record in found if isinstance(record, Record)]
    bad = [error.where for error in found if isinstance(error, InputError)]
    assert good == ["a", "c"]
    assert bad == ["line 5", "line 8"]


@given(st.text(alphabet="PVFRDp:!=>~ \n\r\0aé", max_size=200))
def test_any_text(text: str) -> None:
    """Arbitrary text gives records with name and version, or errors, and raises nothing."""
    for record in records(text.splitlines(keepends=True), lambda _: True):
        assert isinstance(record, InputError) or (record.name and record.version)


@pytest.mark.parametrize("image", image_names("alpine"))
def test_real_databases(image: str) -> None:
    """Names and versions are exactly the P: and V: lines, and files the R: lines."""
    text = tree(image)["lib/apk/db/installed"].decode()
    found = list(records(text.splitlines(), lambda _: True))
    good = [record for record in found if isinstance(record, Record)]
    assert len(good) == len(found)
    lines = text.splitlines()
    assert [record.name for record in good] == [line[2:] for line in lines if line[:2] == "P:"]
    assert [record.version for record in good] == [line[2:] for line in lines if line[:2] == "V:"]
    assert sum(len(record.files) for record in good) == sum(line[:2] == "R:" for line in lines)
