"""Text, links and places as SARIF viewers want them, from names that may be hostile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_LINK = re.compile(r"https?://[!#-&*-;=?-Z_a-z~]+\Z")


def clean(text: str, longest: int = 1000) -> str:
    """Return one line without control, invisible or direction-changing characters.

    Args:
        text: Anything.
        longest: Characters to keep; what is cut is marked by an ellipsis.
    """
    line = _CONTROL.sub(" ", text.replace("\n", " ").replace("\t", " "))
    return line if len(line) <= longest else line[: longest - 1] + "…"


def clean_lines(lines: Iterable[str]) -> str:
    """Return lines of source as they are, but for characters that could do harm."""
    return "\n".join(_CONTROL.sub("\ufffd", line) for line in lines)


def plain(text: str, longest: int = 1000) -> str:
    """Return a plain text message.

    Brackets would start an embedded link (SARIF 2.1.0 section 3.11.6), so they are escaped.
    """
    return re.sub(r"([\\\[\]])", r"\\\1", clean(text, longest))


def markdown(text: str, longest: int = 1000) -> str:
    """Return text that means itself in GitHub Flavored Markdown (GFM 0.29, section 6.1)."""
    return _MARKDOWN.sub(r"\\\1", clean(text, longest))


def link(url: str) -> str:
    """Return a web address that is safe to write anywhere, or empty."""
    return url if len(url) <= 2000 and _LINK.match(url) else ""


def relative_uri(path: str) -> str:
    """Return a path inside the target as a relative reference (RFC 3986 section 4.2).

    Every byte outside the unreserved characters is percent-encoded, so a colon in the first
    segment cannot look like a scheme; segments that would leave the target are dropped.
    """
    parts = (part for part in path.split("/") if part not in {"", ".", ".."})
    encoded = (quote(part.encode("utf-8", "surrogateescape"), safe="-._~!@+,=") for part in parts)
    return "/".join(encoded) or "unknown"
