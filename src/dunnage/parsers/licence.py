"""Tells what a written licence is: an SPDX identifier, an SPDX expression, or a free name.

The grammar is that of the SPDX specification 2.3, Annex D ("SPDX license expressions"), with the
operators in any case, as version 3.0 allows.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(r"\s*([()]|[^\s()]+)")
_REFERENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.\-]+:)?LicenseRef-[A-Za-z0-9.\-]+\Z")
_LONGEST = 4096
_DEEPEST = 64


class Form(Enum):
    """How a licence is written."""

    ID = "id"
    EXPRESSION = "expression"
    NAME = "name"


class Licence(Struct, frozen=True):
    """A classified licence.

    Attributes:
        form: What it is.
        value: The SPDX identifier or expression in its canonical spelling, or the name as written.
    """

    form: Form
    value: str


class Vocabulary(Struct, frozen=True):
    """The identifiers that are known, by their lower-case spelling.

    Attributes:
        ids: Licence identifiers.
        exceptions: Identifiers of exceptions.
        aliases: Other spellings and the identifier they stand for.
    """

    ids: Mapping[str, str]
    exceptions: Mapping[str, str]
    aliases: Mapping[str, str]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Vocabulary:
        """Return the vocabulary of the fact table ``licences``."""
        return cls(
            {text.lower(): text for text in table["ids"]},
            {text.lower(): text for text in table["exceptions"]},
            {text.lower(): identifier for text, identifier in table["aliases"].items()},
        )


def classify(text: str, vocabulary: Vocabulary) -> Licence:
    """Return what a written licence is.

    Args:
        text: The licence as some package metadata says it; anything at all.
        vocabulary: The known identifiers.
    """
    written = text.strip()
    key = written.lower()
    known = vocabulary.ids.get(key) or vocabulary.aliases.get(key)
    if known:
        return Licence(Form.ID, known)
    expression = _expression(written, vocabulary) if len(written) <= _LONGEST else None
    if expression is None:
        return Licence(Form.NAME, text)
    inner = vocabulary.ids.get(expression.lower())
    return Licence(Form.ID, inner) if inner else Licence(Form.EXPRESSION, expression)


def _expression(text: str, vocabulary: Vocabulary) -> str | None:
    """Return the canonical spelling of an expression, or None if it is none.

    One pass with a counter instead of a tree: every operand follows an opening bracket or an
    operator, every operator follows an operand or a closing bracket.
    """
    out: list[str] = []
    depth = 0
    previous = "operator"
    for word in _TOKEN.findall(text):
        kind, spelling = _kind(word, previous, vocabulary)
        if kind not in _AFTER[previous]:
            return None
        depth += {"(": 1, ")": -1}.get(word, 0)
        if not 0 <= depth <= _DEEPEST:
            return None
        out.append(spelling)
        previous = kind
    if depth or previous not in {"licence", "exception", "close"}:
        return None
    joined = " ".join(out).replace("( ", "(").replace(" )", ")")
    return joined[1:-1] if re.fullmatch(r"\([^()]*\)", joined) else joined


_AFTER = {
    "operator": {"licence", "open"},
    "open": {"licence", "open"},
    "licence": {"operator", "with", "close"},
    "with": {"exception"},
    "exception": {"operator", "close"},
    "close": {"operator", "close"},
}


def _kind(word: str, previous: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """Return the kind of a word and its canonical spelling; the kind is empty for nonsense."""
    key = word.lower()
    if word in {"(", ")"}:
        return ("open" if word == "(" else "close"), word
    if key in {"and", "or", "with"}:
        return ("with" if key == "with" else "operator"), key.upper()
    if previous == "with":
        found = vocabulary.exceptions.get(key)
        return ("exception", found) if found else ("", word)
    if _REFERENCE.match(word):
        return "licence", word
    found = vocabulary.ids.get(key)
    if found:
        return "licence", found
    base = vocabulary.ids.get(key[:-1]) if key.endswith("+") else None
    return ("licence", base + "+") if base else ("", word)
