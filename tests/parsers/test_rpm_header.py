"""RPM headers are read as rpm's format description says, and hostile ones are refused."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.model.errors import InputError
from dunnage.parsers.rpm_header import Header, Tag, source
from rpm_samples import header, package


def test_texts_numbers_and_files() -> None:
    """Every kind of tag is read, and paths are put together from their three lists."""
    blob = header(
        {
            Tag.NAME: "bash",
            Tag.VERSION: "5.1",
            Tag.RELEASE: "2.el9",
            Tag.EPOCH: [3],
            Tag.REQUIRENAME: ["libc.so.6", "filesystem"],
            Tag.BASENAMES: ["bash", "sh", "bash.mo"],
            Tag.DIRNAMES: ["/usr/bin/", "/usr/share/locale/"],
            Tag.DIRINDEXES: [0, 0, 1],
        }
    )
    for whole in (blob, b"\x8e\xad\xe8\x01\0\0\0\0" + blob, blob + b"trailing"):
        read = Header(whole)
        assert read.text(Tag.NAME) == "bash"
        assert read.version == "3:5.1-2.el9"
        assert read.texts(Tag.REQUIRENAME) == ["libc.so.6", "filesystem"]
        assert list(read.files()) == ["/usr/bin/bash", "/usr/bin/sh", "/usr/share/locale/bash.mo"]
        assert read.text(Tag.VENDOR) == ""
        assert read.ints(Tag.DIRINDEXES) == (0, 0, 1)


def test_the_epoch_appears_only_if_the_package_states_one() -> None:
    """Epoch 0 and no epoch are told apart, as rpm's ``%{EVR}`` does."""
    base = {Tag.NAME: "a", Tag.VERSION: "1", Tag.RELEASE: "2"}
    assert Header(header(base)).version == "1-2"
    assert Header(header({**base, Tag.EPOCH: [0]})).version == "0:1-2"


def test_later_entries_win() -> None:
    """What rpm appends at installation replaces what the builder wrote."""
    first, second = header({Tag.NAME: "old"}), header({Tag.NAME: "new"})
    entries = first[8:24] + struct.pack(">IIII", Tag.NAME, 6, 4, 1)
    assert (
        Header(struct.pack(">II", 2, 8) + entries + first[24:] + second[24:]).text(Tag.NAME)
        == "new"
    )


def test_old_packages_hold_whole_paths() -> None:
    """Packages of rpm 3 have OLDFILENAMES instead of the three lists."""
    assert list(Header(header({Tag.OLDFILENAMES: ["/bin/sh", "/etc/x"]})).files()) == [
        "/bin/sh",
        "/etc/x",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bash-5.1.8-4.el9.src.rpm", ("bash", "5.1.8-4.el9")),
        ("java-1.8.0-openjdk-1.8.0.1-2.nosrc.rpm", ("java-1.8.0-openjdk", "1.8.0.1-2")),
        ("", ("", "")),
        ("(none)", ("", "")),
        ("a-1.src.rpm", ("", "")),
    ],
)
def test_source_package_names(name: str, expected: tuple[str, str]) -> None:
    """Name and version-release are split at the last two hyphens."""
    assert source(name) == expected


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\0" * 7,
        struct.pack(">II", 0, 0),
        struct.pack(">II", 0xFFFF, 0xFFFFFFF),
        struct.pack(">II", 1, 5) + bytes(16),
    ],
)
def test_impossible_sizes_are_refused(blob: bytes) -> None:
    """A header that claims more than there is raises InputError."""
    with pytest.raises(InputError):
        Header(blob)


@pytest.mark.parametrize(
    ("kind", "offset", "count"),
    [(6, 9999, 1), (8, 0, 1 << 31), (8, 0, 5), (4, 0, 1), (8, 0, 0)],
)
def test_lying_entries_are_refused(kind: int, offset: int, count: int) -> None:
    """A string tag of another type, outside the data or with too many strings is refused."""
    blob = (
        struct.pack(">II", 1, 4) + struct.pack(">IIII", Tag.NAME, kind, offset, count) + b"a\0b\0"
    )
    with pytest.raises(InputError):
        Header(blob).text(Tag.NAME)


def test_file_lists_that_do_not_fit_are_refused() -> None:
    """An index of a directory that is not there raises InputError."""
    blob = header({Tag.BASENAMES: ["x"], Tag.DIRNAMES: ["/"], Tag.DIRINDEXES: [7]})
    with pytest.raises(InputError):
        list(Header(blob).files())


def read_all(blob: bytes) -> None:
    """Read everything, expecting nothing worse than InputError."""
    try:
        read = Header(blob)
    except InputError:
        return
    for tag in Tag:
        for get in (read.texts, read.ints):
            try:
                get(tag)
            except InputError:
                continue
    try:
        list(read.files())
    except InputError:
        return


@given(st.binary(max_size=300))
def test_any_bytes(blob: bytes) -> None:
    """Arbitrary bytes raise nothing but InputError."""
    read_all(blob)


@given(st.data())
def test_any_change_of_a_real_header(data: st.DataObject) -> None:
    """A header with a few bytes changed raises nothing but InputError."""
    blob = bytearray(package("bash"))
    for _ in range(data.draw(st.integers(1, 8))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    read_all(bytes(blob))
