"""What rules about the form of a Dockerfile share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction

_QUOTES = "\"'“”„‘’"
_OPENED = pattern(rf"\[\s*[{_QUOTES}]")
_BARE = pattern(r"\[[^\s\[\]][^\]]*\]\Z")
_TEST = pattern(r"\[\s.*?\s\]", re.DOTALL)
_LONGEST = 64
"""Characters of a word that is shown in a message."""


def short(text: str) -> str:
    """Return a text as it fits into a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"


def named(instruction: Instruction) -> str:
    """Return the name of an instruction for a message."""
    return short(instruction.keyword)


def looks_like_list(instruction: Instruction) -> bool:
    """Tell whether arguments in shell form look like a JSON list of strings that went wrong."""
    text = instruction.args.value
    if instruction.json is not None or not text.startswith("["):
        return False
    if instruction.keyword == "RUN":
        # A shell test begins with a bracket too, but with a blank behind it.
        return text[1:2] != "" and text[1:2] in _QUOTES and not _TEST.match(text)
    if "]" not in text:
        return _OPENED.match(text) is not None  # a test would be closed
    return text.rstrip().endswith("]") and (
        _OPENED.match(text) is not None or _BARE.match(text) is not None
    )
