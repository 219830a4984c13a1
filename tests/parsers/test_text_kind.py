"""What is no text is told from what is."""

from __future__ import annotations

import pytest

from dunnage.parsers._text_kind import doubt

TEXT = "FROM debian:12\nRUN echo ö\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16"),
        (TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-32"), "utf-16"),
        (b"\x7fELF\x02\x01\x01" + bytes(64), "binary"),
        (bytes(range(256)) * 4, "binary"),
    ],
)
def test_no_text(data: bytes, code: str) -> None:
    """Other encodings are named with what converts them; binary files are called so."""
    found = doubt(data)
    assert found is not None
    assert found.code == code
    assert found.advice


@pytest.mark.parametrize(
    "data",
    [
        b"",
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("latin-1"),
        b"RUN a\0b c d e f",
    ],
)
def test_text(data: bytes) -> None:
    """UTF-8, odd bytes and a stray NUL are left to the reader."""
    assert doubt(data) is None
