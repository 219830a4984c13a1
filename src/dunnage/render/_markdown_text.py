"""Text of examined targets as GitHub Flavored Markdown that means nothing but itself."""

from __future__ import annotations

import re

from dunnage.render._text import clean

_PLAIN = re.compile(r"[\\`*_{}\[\]<>|~&!$#]")
_LINK = re.compile(r"://|www\.", re.IGNORECASE)
_REFERENCE = re.compile(r"([@#!&~%$])(?=[A-Za-z0-9])")


def said(text: str, longest: int = 1000) -> str:
    """Return one line of text.

    Punctuation that could start markup is escaped. What becomes a link although nothing marks it is
    taken apart: addresses (GFM section 6.9) by a reference to one of their characters, mentions and
    numbers of issues, which GitHub and GitLab look for in what is already rendered, by an empty
    comment.

    Args:
        text: Anything.
        longest: Characters to keep; what is cut is marked by an ellipsis.
    """
    line = clean(text)
    line = line if len(line) <= longest else line[: longest - 1] + "…"
    line = _PLAIN.sub(r"\\\g<0>", line)
    line = _REFERENCE.sub(r"\1<!-- -->", line)
    line = _LINK.sub(_unlinked, line)
    return f"\\{line}" if line[:1] in {"-", "+", "="} else line


def code(text: str) -> str:
    """Return text as a code span (GFM section 6.3); not for tables, where a bar would end it."""
    line = clean(text).strip()
    longest = max(map(len, re.findall("`+", line)), default=0)
    if not line:
        return ""
    fence = "`" * (longest + 1)
    space = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{space}{line}{space}{fence}"


def _unlinked(match: re.Match[str]) -> str:
    word = match[0]
    return "&#58;//" if word == "://" else f"{word[:-1]}&#46;"
