"""Writes text as XML 1.0, whatever characters it holds.

The characters that a document may hold are those of https://www.w3.org/TR/xml/#charsets.
"""

from __future__ import annotations

import re

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\r]")
_SPECIAL_QUOTED = re.compile('[&<>"\t\n\r]')
_PLAIN = re.compile(r"[A-Za-z0-9 _.:/@+=#?%~()\-]*").fullmatch
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def escaped(text: str) -> str:
    r"""Return text as the content of an element.

    What XML has no way to write (control characters, bytes that are no UTF-8) is spelled out, as
    in ``\x1b``, so that two different names stay different. A carriage return would be read as a
    line feed (section 2.11) and is therefore written as a reference.
    """
    return text if _PLAIN(text) else _SPECIAL.sub(_reference, _writable(text))


def quoted(text: str) -> str:
    """Return text as the value of an attribute, with its quotation marks.

    Tabs and line breaks would be read as spaces (section 3.3.3), so they are references, too.
    """
    plain = text if _PLAIN(text) else _SPECIAL_QUOTED.sub(_reference, _writable(text))
    return f'"{plain}"'


def _reference(match: re.Match[str]) -> str:
    return _ENTITIES.get(match[0]) or f"&#{ord(match[0])};"


def _writable(text: str) -> str:
    return _FORBIDDEN.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8 (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
