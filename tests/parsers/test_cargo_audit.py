"""Crate lists of cargo-auditable are decoded within bounds."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.errors import InputError, LimitError
from dunnage.parsers.cargo_audit import Crate, parse

MOST = 1024 * 1024
PACKAGES = [
    {"name": "adler", "version": "0.2.3", "source": "registry"},
    {"name": "tool", "version": "0.1.0", "source": "local", "dependencies": [0, 2], "root": True},
    {"name": "cc", "version": "1.0.0", "source": "crates.io", "kind": "build"},
]


def _section(document: object) -> bytes:
    return zlib.compress(json.dumps(document).encode())


def test_fields() -> None:
    """A missing kind means runtime; padding after the stream is ignored."""
    crates = parse(_section({"packages": PACKAGES, "format": 1}) + b"\0\0", MOST)
    assert crates == (
        Crate("adler", "0.2.3", "registry"),
        Crate("tool", "0.1.0", "local", depends=(0, 2), root=True),
        Crate("cc", "1.0.0", kind="build"),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not zlib",
        _section({"packages": PACKAGES})[:20],
        zlib.compress(b"{"),
        zlib.compress(b"[" * 100_000),
        _section([]),
        _section({"packages": {}}),
        _section({"packages": [{"name": "x"}]}),
        _section({"packages": [{"name": "x\x1b[2J", "version": "1"}]}),
        _section({"packages": [7]}),
    ],
)
def test_broken(data: bytes) -> None:
    """What is no crate list raises InputError."""
    with pytest.raises(InputError):
        parse(data, MOST)


def test_bomb() -> None:
    """A section that grows a thousandfold stops at the bound."""
    with pytest.raises(LimitError):
        parse(zlib.compress(b" " * 50 * MOST), MOST)


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["packages", "name", "version", "kind", "dependencies"]),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json(document: object) -> None:
    """Any JSON gives crates or an InputError."""
    try:
        crates = parse(_section(document), MOST)
    except InputError:
        return
    assert all(crate.name for crate in crates)
