"""Written licences are told apart."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.io.tables import table
from dunnage.parsers.licence import Form, Licence, Vocabulary, classify
from support import data_root

KNOWN = Vocabulary.of(table("licences"))

CASES = [
    ("MIT", Form.ID, "MIT"),
    ("mit", Form.ID, "MIT"),
    (" apache-2.0 ", Form.ID, "Apache-2.0"),
    ("GPL-2.0+", Form.ID, "GPL-2.0+"),
    ("Apache License, Version 2.0", Form.ID, "Apache-2.0"),
    ("GPLv2+", Form.ID, "GPL-2.0-or-later"),
    ("(MIT)", Form.ID, "MIT"),
    ("(MIT OR CC0-1.0)", Form.EXPRESSION, "MIT OR CC0-1.0"),
    ("mit or (bsd-3-clause and ISC)", Form.EXPRESSION, "MIT OR (BSD-3-Clause AND ISC)"),
    ("(MIT OR ISC) AND (Zlib OR 0BSD)", Form.EXPRESSION, "(MIT OR ISC) AND (Zlib OR 0BSD)"),
    (
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        Form.EXPRESSION,
        "GPL-3.0-or-later WITH GCC-exception-3.1",
    ),
    ("Apache-2.0+", Form.EXPRESSION, "Apache-2.0+"),
    ("LicenseRef-Fedora-Public-Domain", Form.EXPRESSION, "LicenseRef-Fedora-Public-Domain"),
    (
        "DocumentRef-a:LicenseRef-b AND MIT",
        Form.EXPRESSION,
        "DocumentRef-a:LicenseRef-b AND MIT",
    ),
    ("BSD", Form.NAME, "BSD"),
    ("GPL", Form.NAME, "GPL"),
    ("MIT AND", Form.NAME, "MIT AND"),
    ("AND MIT", Form.NAME, "AND MIT"),
    ("MIT ISC", Form.NAME, "MIT ISC"),
    ("(MIT", Form.NAME, "(MIT"),
    ("MIT)", Form.NAME, "MIT)"),
    ("()", Form.NAME, "()"),
    ("MIT WITH ISC", Form.NAME, "MIT WITH ISC"),
    ("Classpath-exception-2.0", Form.NAME, "Classpath-exception-2.0"),
    ("(MIT OR ISC) WITH GCC-exception-3.1", Form.NAME, "(MIT OR ISC) WITH GCC-exception-3.1"),
    ("SEE LICENSE IN LICENSE.md", Form.NAME, "SEE LICENSE IN LICENSE.md"),
    ("", Form.NAME, ""),
    ("(" * 70 + "MIT" + ")" * 70, Form.NAME, "(" * 70 + "MIT" + ")" * 70),
]


@pytest.mark.parametrize(("text", "form", "value"), CASES)
def test_written_licence(text: str, form: Form, value: str) -> None:
    """Each way of writing a licence is recognised, and nonsense stays a name as written."""
    assert classify(text, KNOWN) == Licence(form, value)


def test_table_is_the_official_list() -> None:
    """The table holds exactly the identifiers CycloneDX accepts, and aliases lead to them."""
    path = data_root() / "schemas" / "spdx.schema.json"
    official = set(json.loads(path.read_text(encoding="utf-8"))["enum"])
    assert set(KNOWN.ids.values()) | set(KNOWN.exceptions.values()) == official
    assert set(KNOWN.aliases.values()) <= set(KNOWN.ids.values())
    assert not set(KNOWN.aliases) & set(KNOWN.ids)


_WORDS = st.sampled_from(["MIT", "mit", "AND", "or", "WITH", "(", ")", "GCC-exception-3.1", "x"])


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=12).map(" ".join)))
def test_canonical_spelling_is_stable(text: str) -> None:
    """Anything can be classified, and classifying the answer again changes nothing."""
    first = classify(text, KNOWN)
    if first.form is not Form.NAME:
        assert classify(first.value, KNOWN) == first
