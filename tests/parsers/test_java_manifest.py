"""JAR manifests and property files are read as Java reads them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.parsers.java_manifest import main_section, properties


def test_manifest() -> None:
    """Lines continue after a blank; the main section ends at the first empty line."""
    data = (
        b"Manifest-Version: 1.0\r\nBundle-SymbolicName: org.exam\r\n ple.thing;singleton:=true\r\n"
        b"no colon\r\nImplementation-Version: 1.0\r\n\r\nName: a.class\r\nX: y\r\n"
    )
    assert main_section(data) == {
        "manifest-version": "1.0",
        "bundle-symbolicname": "org.example.thing;singleton:=true",
        "implementation-version": "1.0",
    }


def test_manifest_without_last_newline() -> None:
    """The last attribute counts also if nothing ends its line."""
    assert main_section(b"A: 1\nB: 2") == {"a": "1", "b": "2"}


def test_properties() -> None:
    """Comments, both separators, blanks, continued lines and escapes are understood."""
    data = (
        b"#comment\n! another\nversion=1.0\n  groupId : org.example\nartifactId long\\\n   name\n"
        b"path=a\\:b\\u00e9\nempty\nversion=2.0\n"
    )
    assert properties(data) == {
        "version": "2.0",
        "groupId": "org.example",
        "artifactId": "longname",
        "path": "a:b\u00e9",
        "empty": "",
    }


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give pairs of text."""
    assert all(main_section(data))
    assert all(properties(data))


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z][A-Za-z-]{0,20}", fullmatch=True),
        st.from_regex(r"[ -~]{0,150}", fullmatch=True),
        max_size=6,
    )
)
def test_manifest_round_trip(pairs: dict[str, str]) -> None:
    """What is written as the specification says (72 bytes a line) is read back."""
    lines = []
    for name, value in pairs.items():
        text = f"{name}: {value}"
        lines.append(
            "\r\n ".join([text[:70], *(text[n : n + 69] for n in range(70, len(text), 69))])
        )
    expected: dict[str, str] = {}
    for name, value in pairs.items():
        expected.setdefault(name.lower(), value.strip())
    assert main_section("\r\n".join([*lines, ""]).encode()) == expected
