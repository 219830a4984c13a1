"""Python core metadata is read as the specification says, and as old tools wrote it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.parsers.python_metadata import Metadata, parse


def test_fields() -> None:
    """Name, version, licence, author and requirements are read; the description is not."""
    text = (
        "Metadata-Version: 2.1\r\nName: Some.Package\r\nVersion: 1.0.post1\r\n"
        "License: MIT\r\nAuthor: A. Author\r\nAuthor-email: a@example.com\r\n"
        "Requires-Dist: requests[security]>=2,<3\r\nRequires-Dist: six (>=1.9)\r\n"
        'Requires-Dist: pytest ; extra == "test"\r\n'
        "Requires-Dist: tomli; python_version < '3.11'\r\n"
        "\r\nName: not-this\r\n"
    )
    assert parse(text.encode()) == Metadata(
        "Some.Package", "1.0.post1", ("MIT",), ("requests", "six", "tomli"), "A. Author"
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: MIT", ("MIT OR Apache-2.0",)),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License", ("BSD License",)),
        (
            "License: Copyright me\n        All rights\nClassifier: License :: Public Domain",
            ("Public Domain",),
        ),
        ("Classifier: License :: OSI Approved\nClassifier: Topic :: Internet", ()),
        ("License: " + "word " * 100, ()),
    ],
)
def test_licence(fields: str, expected: tuple[str, ...]) -> None:
    """An expression wins over the short field, which wins over classifiers; texts are no names."""
    assert parse(f"Name: x\nVersion: 1\n{fields}\n".encode()).licenses == expected


def test_folded_lines() -> None:
    """Half a million continuation lines are joined in time that grows with their number."""
    start = time.process_time()
    told = parse(b"Name: x\nVersion: 1\nLicense: a\n" + b" b\n" * 500_000)
    assert time.process_time() - start < 2
    assert told == Metadata("x", "1")


def test_nothing() -> None:
    """An empty file gives empty fields."""
    assert parse(b"") == Metadata("", "")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give a value without control characters in it."""
    told = parse(b"Name: " + data + b"\nRequires-Dist: " + data)
    assert all(
        ord(character) >= 0x20 for character in told.name.replace("\n", "").replace("\t", "")
    )
