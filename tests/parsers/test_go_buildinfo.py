"""Both encodings of Go build information are decoded, and hostile ones only raise InputError."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodies import Memory
from dunnage.model.errors import InputError
from dunnage.parsers import go_buildinfo
from dunnage.parsers.go_buildinfo import Module
from programs import GO_LINES, go_inline, go_pointers


def _shifted(address: int) -> int:
    return address - 0x400


def test_inline() -> None:
    """Since Go 1.18, both strings follow the header after their lengths."""
    found = go_buildinfo.decode(Memory(b"pad." + go_inline()), 4, lambda _: -1)
    assert found == ("go1.21.5", GO_LINES)


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["little", "big"])
def test_pointers(bits: int, order: str) -> None:
    """Up to Go 1.17, the header points to string headers, which point to the strings."""
    data = go_pointers(0x400, bits=bits, order=order)
    assert go_buildinfo.decode(Memory(data), 0, _shifted) == ("go1.16.3", GO_LINES)


def test_find_only_at_multiples_of_16() -> None:
    """The linker aligns the header; the same bytes elsewhere (in the Go tools) are text."""
    body = Memory(b"x" * 8 + go_buildinfo.MAGIC + b"y" * 10 + go_inline())
    assert go_buildinfo.find(body, 0, body.size) == 32
    assert go_buildinfo.find(body, 0, 40) == -1


def test_find_across_steps() -> None:
    """A header at a border between the pieces in which a region is read is found."""
    start = 1024 * 1024 - 16
    body = Memory(b"\0" * start + go_inline())
    assert go_buildinfo.find(body, 0, body.size) == start
    body = Memory(b"\0" * 1024 * 1024 + go_inline())
    assert go_buildinfo.find(body, 0, body.size) == 1024 * 1024


def test_lines() -> None:
    """Modules, replacements and settings are told apart; unknown lines are passed over."""
    text = (
        "path\ta/b\nmod\ta\t(devel)\t\ndep\tc\tv1.0.0\th1:c\ndep\td\tv2.0.0\n"
        "=>\te\tv3.0.0\th1:e\nfuture\tline\n"
        'build\t-ldflags="-X main.version=1.0 -X \\"main.x=y\\""\nbuild\tvcs.revision=abc\n'
    )
    info = go_buildinfo.parse("go1.21", text)
    assert info.path == "a/b"
    assert info.main == Module("a", "(devel)")
    assert info.modules == (
        Module("c", "v1.0.0", "h1:c"),
        Module("e", "v3.0.0", "h1:e", replaced=("d", "v2.0.0")),
    )
    assert dict(info.settings) == {
        "-ldflags": '-X main.version=1.0 -X "main.x=y"',
        "vcs.revision": "abc",
    }


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("go1.19.4", "1.19.4"),
        ("go1.21", "1.21.0"),
        ("go1", "1.0.0"),
        ("go1.21rc2", "1.21.0-rc.2"),
        ("go1.17.13b7", "1.17.13"),
        ("go1.20.4 X:nocoverageredesign", "1.20.4"),
        ("go1.21.5 (Red Hat 1.21.5-1.el9)", "1.21.5"),
        ("devel go1.22-4b1d5e9 Mon Jan 1", ""),
    ],
)
def test_release(written: str, expected: str) -> None:
    """Toolchain versions become what the Go vulnerability database compares with."""
    assert go_buildinfo.release(written) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        go_inline()[:20],
        go_inline()[:40],
        go_inline()[:32] + b"\xff" * 20,
        go_inline()[:32] + b"\xff\xff\xff\x7f",
        go_pointers(0x400)[:33],
        go_buildinfo.MAGIC + b"\x05\x00" + b"\0" * 16,
        go_buildinfo.MAGIC + b"\x08\x00" + b"\0" * 16,
    ],
)
def test_broken(data: bytes) -> None:
    """Cut-off, endless and empty build information raises InputError."""
    with pytest.raises(InputError):
        go_buildinfo.decode(Memory(data), 0, _shifted)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([go_inline(), go_pointers(0x400)]),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_mutations_raise_nothing_else(data: bytes, changes: list[tuple[int, int]]) -> None:
    """Whatever bytes are changed, there is a result or an InputError."""
    mutant = bytearray(data)
    for place, value in changes:
        mutant[place % len(mutant)] = value
    try:
        info = go_buildinfo.parse(*go_buildinfo.decode(Memory(bytes(mutant)), 0, _shifted))
    except InputError:
        return
    assert all(module.path.isprintable() for module in info.modules)
