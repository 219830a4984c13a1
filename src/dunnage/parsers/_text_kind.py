"""Tells files that are text from those that are not, before a reader of text looks at them."""

from __future__ import annotations

from msgspec import Struct

_SAMPLE = 8192
_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_PLAIN = bytes({*range(0x20, 0x100), *b"\t\n\v\f\r\x1b"} - {0x7F})


class Doubt(Struct, frozen=True):
    """Why a file is no text we can read.

    Attributes:
        code: ``utf-16`` or ``binary``.
        message: One sentence without a final stop.
        advice: What to do.
    """

    code: str
    message: str
    advice: str


def doubt(data: bytes) -> Doubt | None:
    """Return why a file is no UTF-8 text, or None if it may be.

    Args:
        data: The file, or its beginning.
    """
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "") or _wide(data)
    if encoding:
        return Doubt(
            "utf-16",
            f"it is {encoding}; builders read UTF-8",
            f"convert it: iconv -f {encoding} -t UTF-8 FILE > NEW",
        )
    sample = data[:_SAMPLE]
    odd = len(sample.translate(None, _PLAIN))
    if odd * 10 > len(sample):
        return Doubt("binary", "it is binary, no text", "check the path; a Dockerfile is text")
    return None


def _wide(data: bytes) -> str:
    """Return UTF-16 if every other byte of a text is NUL, which Latin letters are then."""
    sample = data[: _SAMPLE // 2 * 2]
    half = len(sample) // 2
    for first in (0, 1):
        if (
            half >= 4
            and sample[first::2].count(0) * 10 >= half * 8
            and not sample[1 - first :: 2].count(0)
        ):
            return "UTF-16LE" if first else "UTF-16BE"
    return ""
