"""The part of YAML that lock files are written in is read as a whole YAML library reads it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.parsers._small_yaml import documents
from support import ROOT

SAMPLE = """\
# a comment
literal: |-
  line one
    two

  three
folded: >-
  folded text
  goes on

  next
kept: |
  with its end
single: 'it''s'
double: "x\\ty \\u00e9"
items:
- 1
-   f: g
    h: [a, 'b, c', {d: e}]
- - x
  - y
flow: {a: b, 'c d': "e", f: [], g: {}}
plain: some text
  that goes on
'@s/x@npm:1, y':
  z: a:b
  url: https://example.com/z#frag # comment
? long key
: value
empty:
last:
  - a
  - b: c
"""
READ = {
    "literal": "line one\n  two\n\nthree",
    "folded": "folded text goes on\nnext",
    "kept": "with its end\n",
    "single": "it's",
    "double": "x\ty \u00e9",
    "items": ["1", {"f": "g", "h": ["a", "b, c", {"d": "e"}]}, ["x", "y"]],
    "flow": {"a": "b", "c d": "e", "f": [], "g": {}},
    "plain": "some text that goes on",
    "@s/x@npm:1, y": {"z": "a:b", "url": "https://example.com/z#frag"},
    "long key": "value",
    "empty": "",
    "last": ["a", {"b": "c"}],
}


def test_everything_lock_files_use() -> None:
    """Scalars of all styles, nested blocks, flow collections, long keys and comments."""
    assert documents(SAMPLE, Limits()) == [READ]
    assert documents(SAMPLE.replace("\n", "\r\n"), Limits()) == [READ]


def test_several_documents() -> None:
    """Documents are divided by three hyphens; an empty one counts for nothing."""
    assert documents("---\na: 1\n---\nb: 2\n", Limits()) == [{"a": "1"}, {"b": "2"}]
    assert documents("", Limits()) == []


def test_keys_too_long_for_one_line() -> None:
    """What js-yaml writes for a key of more than 1,024 characters: the value begins at its colon."""
    key = f"/a@1.0.0({'x@1' * 400})"
    written = f"packages:\n  ? {key}\n  : resolution:\n      integrity: x\n    dev: false\n  b: c\n"
    (found,) = documents(written, Limits())
    inner = {"resolution": {"integrity": "x"}, "dev": "false"}
    assert found == {"packages": {key: inner, "b": "c"}}


@pytest.mark.parametrize("marks", ["2", "2-", "2+", "-2"])
def test_texts_that_begin_with_a_blank(marks: str) -> None:
    """Their indentation is written behind the bar."""
    (found,) = documents(f"a: |{marks}\n   b\n  c\nd: e\n", Limits())
    assert found == {"a": " b\nc" + ("" if "-" in marks else "\n"), "d": "e"}


def test_many_documents_take_no_longer_than_their_lines() -> None:
    """A file of nothing but marks is read once, not once for each mark."""
    assert documents("---\n" * 300_000, Limits()) == []


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1",
        "a: *x",
        "a: !!str 1",
        "%YAML 1.2",
        "a: 'b",
        "a: [b",
        "a: b\n\tc: d",
        "a:\n  b: 1\n c: 2",
        "a: |x\n  b",
        "a\nb: c",
        'a: "\\q"',
        "{a: b} c",
    ],
)
def test_what_lock_files_never_use(text: str) -> None:
    """Anchors, tags, directives and what is broken are refused, not guessed."""
    with pytest.raises(InputError):
        documents(text, Limits())


def test_depth_is_bounded() -> None:
    """Nesting ends at the limit, in blocks and in flow collections."""
    blocks = "\n".join(f"{' ' * n}a:" for n in range(200))
    for text in (blocks, "a: " + "[" * 200 + "]" * 200, "- " * 200 + "a"):
        with pytest.raises(LimitError):
            documents(text, Limits())


@settings(max_examples=200, deadline=None)
@given(st.text("ab:-#'\"[]{},|>? \n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else than an InputError comes out."""
    try:
        found = documents(text, Limits())
    except InputError:
        return
    assert isinstance(found, list)


@pytest.mark.judge
@pytest.mark.parametrize("name", ["pnpm-v5", "pnpm-v6", "pnpm-v9", "yarn-berry"])
def test_real_lock_files_as_pyyaml_reads_them(name: str) -> None:
    """Every key and value is what PyYAML's reader of plain texts gives."""
    yaml = pytest.importorskip("yaml", reason="not installed here: PyYAML")
    (path,) = (p for p in (ROOT / "tests/data/projects" / name).iterdir() if p.suffix != ".json")
    text = path.read_text(encoding="utf-8")
    assert documents(text, Limits()) == list(yaml.load_all(text, yaml.BaseLoader))
