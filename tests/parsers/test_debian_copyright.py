"""Licences come from machine-readable copyright files, or from the common texts others name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dunnage.parsers.debian_copyright import licences


def test_machine_readable() -> None:
    """Short names are listed once each, in order; the texts below them do not count."""
    text = b"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: GPL-2+ or Artistic

Files: debian/*
License: MIT
 License: not this one
 see /usr/share/common-licenses/GPL-3

License: MIT
"""
    assert licences(text) == ("GPL-2+ or Artistic", "MIT")


def test_free_form() -> None:
    """The names of the common licence texts it points at, without the full stop."""
    text = b"On Debian systems see /usr/share/common-licenses/GPL-2.\nor common-licenses/GPL-3\n"
    assert licences(text) == ("GPL-2",)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Arbitrary bytes, also after a valid beginning, raise nothing."""
    assert len(licences(b"Format: x\nLicense: " + data)) <= 100
    assert all(licences(data))
