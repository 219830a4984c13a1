"""XML from strangers is read without document types, entities or anything outside it."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.parsers import bounded_xml
from dunnage.parsers.bounded_xml import parse

LIMITS = Limits()
WANTED = frozenset({"a", "b"})


def test_wanted_elements_are_kept() -> None:
    """Others, and those of other namespaces, are left out with all that is in them."""
    data = b'<r xmlns="n" x="1">\n<a y="2"> t<!-- c --><![CDATA[<&]]> </a><c><a/></c><o:a xmlns:o="o"><b/></o:a><b>&lt;&#65;</b></r>'
    namespace, root = parse(data, LIMITS, WANTED)
    assert namespace == "n"
    assert (root.name, root.attributes) == ("r", {"x": "1"})
    assert [(c.name, c.attributes, c.text) for c in root.children] == [
        ("a", {"y": "2"}, "t<&"),
        ("b", {}, "<A"),
    ]
    assert root.child("b") is root.children[1]
    assert root.child("c") is None


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE r><r/>",
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><r>&b;</r>',
        b'<?xml version="1.0"?>\n<!-- c --><!DOCTYPE r [<!ENTITY % p SYSTEM "http://x/">%p;]><r/>',
    ],
)
def test_document_types_are_refused(data: bytes) -> None:
    """No entity is ever declared, so none can grow or name a file."""
    with pytest.raises(InputError, match="document type"):
        parse(data, LIMITS, WANTED)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not XML"),
        (b"text", "not XML"),
        (b"<r><a></r>", "mismatched tag at line 1"),
        (b"<r>&x;</r>", "undefined entity"),
        (b"<r>\xff</r>", "not XML"),
        (b"<r a='1' a='2'/>", "duplicate attribute"),
        (b"<?xml version='1.0' encoding='utf-7'?><r/>", "encoding"),
        (b"<?xml version='1.0' encoding='zip'?><r/>", "encoding"),
    ],
)
def test_what_is_not_well_formed(data: bytes, says: str) -> None:
    """Each mistake is one clear error."""
    with pytest.raises(InputError, match=says):
        parse(data, LIMITS, WANTED)


def test_encodings() -> None:
    """UTF-16 with its mark and Latin-1 with its declaration are read."""
    for data in (
        "<?xml version='1.0' encoding='utf-16'?><r>é</r>".encode("utf-16"),
        "<?xml version='1.0' encoding='iso-8859-1'?><r>é</r>".encode("latin-1"),
    ):
        assert parse(data, LIMITS, WANTED)[1].text == "é"


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Depth counts also where nothing is kept; size and number have their limits."""
    tight = replace(LIMITS, json_depth=10)
    for name in (b"a", b"c"):
        deep = b"<r>" + b"<%b>" % name * 10 + b"</%b>" % name * 10 + b"</r>"
        with pytest.raises(LimitError, match="deep"):
            parse(deep, tight, WANTED)
    with pytest.raises(LimitError, match="bytes"):
        parse(b"<r/>" + b" " * 100, LIMITS, WANTED, largest=50)
    monkeypatch.setattr(bounded_xml, "ELEMENTS", 1000)
    for name in (b"a", b"c"):
        many = b"<r>" + b"<%b/>" % name * 1000 + b"</r>"
        with pytest.raises(LimitError, match="elements"):
            parse(many, LIMITS, WANTED, largest=8000)


def test_large_texts_take_linear_time() -> None:
    """A long text and a long attribute cost what their length is (expat before 2.6 did not)."""
    start = time.process_time()
    parse(b"<r x='" + b"y" * 4_000_000 + b"'>" + b"z&lt;" * 800_000 + b"</r>", LIMITS, WANTED)
    assert time.process_time() - start < 3
