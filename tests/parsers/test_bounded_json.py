"""JSON from strangers stays within bounds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.parsers import bounded_json
from dunnage.parsers.bounded_json import loads

LIMITS = Limits(json_depth=8, text_bytes=10_000)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=10,
)


@settings(max_examples=100)
@given(JSON)
def test_ordinary_documents_come_out_as_they_are(value: object) -> None:
    """Within the bounds it is an ordinary JSON reader."""
    assert loads(json.dumps(value).encode(), Limits()) == value


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:0\\ud89e', max_size=40).map(str.encode))
def test_any_bytes_give_a_printable_value_or_an_input_error(data: bytes) -> None:
    """Nothing else is raised, and the value can be written as UTF-8."""
    try:
        value = loads(data, LIMITS)
    except InputError:
        return
    json.dumps(value, ensure_ascii=False).encode("utf-8")


def test_depth_is_bounded_exactly() -> None:
    """Eight levels are allowed when eight are, and the depth of recursion does not matter."""
    assert loads(b"[" * 8 + b"]" * 8, LIMITS)
    for depth in (9, 5000):
        with pytest.raises(LimitError, match="deep"):
            loads(b"[" * depth + b"]" * depth, LIMITS)
    assert loads(b'["' + b"[" * 5000 + b'"]', LIMITS) == ["[" * 5000]


def test_size_is_bounded() -> None:
    """The size counts before anything is read."""
    with pytest.raises(LimitError, match="bytes"):
        loads(b" " * 10_001, LIMITS)
    with pytest.raises(LimitError, match="bytes"):
        loads(b"[1, 2]", LIMITS, largest=5)


def test_the_number_of_objects_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many empty arrays cost more memory than their text; brackets in texts cost nothing."""
    monkeypatch.setattr(bounded_json, "CONTAINERS", 5)
    with pytest.raises(LimitError, match="objects"):
        loads(b"[[],[],[],[],[]]", LIMITS, largest=100)
    assert loads(b'["[[[[[[[\\"[["]', LIMITS, largest=100) == ['[[[[[[["[[']


@pytest.mark.parametrize("data", [b"", b"{", b"NaN", b"[Infinity]", b"9" * 5000, b"\xff\xfe\x00"])
def test_what_is_no_json_is_an_input_error(data: bytes) -> None:
    """The message says where it was."""
    with pytest.raises(InputError) as caught:
        loads(data, LIMITS, where="x.json")
    assert caught.value.where == "x.json"


def test_half_surrogates_become_printable() -> None:
    """RFC 8259 8.2: such texts are not valid Unicode; printing them would fail later."""
    value = loads(b'{"\\ud800k": ["\\ude00", "\\ud83d\\ude00"]}', LIMITS)
    assert value == {"\ufffdk": ["\ufffd", "\U0001f600"]}


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": "\xed\xa0\x80"}',
        '{"a": "\ud800"}'.encode("utf-16-le", "surrogatepass"),
        '{"a": "\ud800"}'.encode("utf-32", "surrogatepass"),
    ],
)
def test_encoded_halves_of_surrogate_pairs_are_no_text(data: bytes) -> None:
    """RFC 3629 3 and RFC 2781 2.2 forbid them; Python's json lets them through."""
    with pytest.raises(InputError, match="is no text"):
        loads(data, Limits())


def test_escaped_halves_in_any_encoding_become_printable() -> None:
    """UTF-16 has zero bytes between the characters of an escape."""
    assert loads(r'["\ud800x"]'.encode("utf-16"), Limits()) == ["\ufffdx"]
