"""Package.json files are read in all the forms that npm has had."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import MsgspecError

from dunnage.model.errors import InputError
from dunnage.parsers.package_json import PackageJson, _carefully, _quickly, parse


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
        b'\xef\xbb\xbf{"x":' + b"9" * 6000 + b"}",
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


_PLAIN = (
    b'{"name": "@a/b", "version": "v1", "license": "MIT", "dependencies": {"x": {"y": [1.5e3]}}}',
    b'{"author": {"name": "A (p)"}, "contributors": ["\\u00e9\\ud83d\\ude00"], "licenses": ["x"]}',
    b'{"name":"a","name":"b","x":{"a":[true,null,-0]}}',
)
_PIECES = (b'"', b"{", b"}", b"[", b",", b"\\", b"\\ud800", b"01", b"1.", b"1e999", b"NaN", b"\0")
_MORE = (b"\xef\xbb\xbf", b"\xff", b"\xc3\xa9", b"\xed\xa0\x80", b" ", b"\x0b", b'"name":', b"-")


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(_PLAIN),
    st.lists(
        st.tuples(st.integers(0, 90), st.sampled_from(_PIECES + _MORE), st.integers(0, 3)),
        max_size=4,
    ),
)
def test_the_quick_way_says_what_the_careful_way_says(
    data: bytes, changes: list[tuple[int, bytes, int]]
) -> None:
    """What the quick reader takes, the careful one takes too, and reads the same in it."""
    for at, piece, gone in changes:
        data = data[:at] + piece + data[at + gone :]
    try:
        quick = _quickly(data)
    except MsgspecError:
        return
    assert _carefully(data) == quick


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'\xef\xbb\xbf{"name": "a"}', "a"),
        (b'{"name": "a\xff"}', "a\ufffd"),
        (b'{"name": "a", "x": "\xff"}', "a"),
        (b'{"name": "a", "x": NaN}', "a"),
        (b'{"name": "a", "x": ' + b"9" * 6000 + b"}", "a"),
        (b'{"name": "a", "x": "\\ud800"}', "a"),
        (b'{"name": "a", "x": ' + b"[" * 60 + b"1" + b"]" * 60 + b"}", "a"),
    ],
)
def test_what_is_not_quite_json_is_read_the_careful_way(data: bytes, name: str) -> None:
    """Marks, bytes that are no text and halves of characters cost nobody the package."""
    assert parse(data).name == name
