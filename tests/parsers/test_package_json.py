"""Package.json files are read in all the forms that npm has had."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.errors import InputError
from dunnage.parsers.package_json import PackageJson, parse


def test_fields() -> None:
    """Name with scope, version, licence, dependencies and author are read."""
    document = {
        "name": "@scope/thing",
        "version": " v1.2.3",
        "license": "MIT",
        "dependencies": {"b": "^1", "a": "*"},
        "devDependencies": {"c": "1"},
        "author": {"name": "A", "email": "a@example.com"},
    }
    assert parse(b"\xef\xbb\xbf" + json.dumps(document).encode()) == PackageJson(
        "@scope/thing", "1.2.3", ("MIT",), ("a", "b"), "A"
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"author": "A B <a@b.example> (https://a.example)"}, "A B <a@b.example>"),
        ({"author": "", "contributors": ["C <c@d.example>", "E"]}, "C <c@d.example>"),
        ({"maintainers": [{"name": "M"}], "contributors": ["C"]}, "M"),
        ({"contributors": {"name": "C"}}, "C"),
        ({"author": {"email": "x"}, "maintainers": [5, None, {}], "contributors": 7}, ""),
        ({"author": "(only a page)"}, "(only a page)"),
    ],
)
def test_author(fields: dict[str, object], expected: str) -> None:
    """The author, else the first maintainer, else the first contributor; without their page."""
    assert parse(json.dumps(fields).encode()).author == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"license": {"type": "ISC", "url": "x"}}, ("ISC",)),
        ({"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}, ("MIT", "GPL-2.0")),
        ({"license": ["MIT", "Apache-2.0"]}, ("MIT", "Apache-2.0")),
        ({"license": 5, "licenses": None}, ()),
    ],
)
def test_licence(fields: dict[str, object], expected: tuple[str, ...]) -> None:
    """Text, object and list forms of the licence are read; others are none."""
    assert parse(json.dumps(fields).encode()).licenses == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"x":' + b"9" * 6000 + b"}",
    ],
)
def test_broken(data: bytes) -> None:
    """What is no JSON object raises InputError, also if it is deep or absurd."""
    with pytest.raises(InputError):
        parse(data)


def test_hostile_texts() -> None:
    """Names with escape codes, lone surrogates or without end are no names."""
    for name in ("a\x1b[2J", "\ud800", "x" * 1000):
        told = parse(json.dumps({"name": name, "dependencies": {name: "1"}}).encode())
        assert (told.name, told.depends) == ("", ())


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["name", "version", "license", "licenses", "dependencies", "author"]),
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=6,
        ),
    )
)
def test_any_object(document: dict[str, object]) -> None:
    """Any JSON object gives a value that can be written as UTF-8."""
    told = parse(json.dumps(document).encode())
    "".join((told.name, told.version, *told.licenses, *told.depends, told.author)).encode()
