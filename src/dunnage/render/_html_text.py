"""Text of examined targets as HTML that means nothing but itself.

Everything is cleaned as for a terminal first (``_text.clean``), so that no control character and
nothing that turns the direction of writing is left; then ``&``, ``<``, ``>`` and both quotes are
escaped (HTML Living Standard, "Escaping a string"), so that it may stand in text and in attributes.
"""

from __future__ import annotations

import re
from html import escape

from dunnage.render._sarif_text import link
from dunnage.render._text import clean

_CODE = re.compile(r"`([^`]+)`")


def said(text: str, longest: int = 1000) -> str:
    """Return one line of text, for an element or an attribute in double quotes.

    Args:
        text: Anything.
        longest: Characters to keep; what is cut is marked by an ellipsis.
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    # Surrogates and characters that are none are written out by ``clean``.
    return escape(clean(text), quote=True)


def code(text: str, longest: int = 1000) -> str:
    """Return text as code, or nothing for an empty text."""
    return f"<code>{said(text, longest)}</code>" if text else ""


def prose(text: str) -> str:
    """Return a sentence of ours, in which backticks mark what is to be typed."""
    return _CODE.sub(r"<code>\1</code>", said(text, 2000))


def anchor(url: str, text: str) -> str:
    """Return a link to a web page; only its text if the address is not a safe one.

    The page's own ``referrer`` policy keeps its address from those it links to.
    """
    address = link(url)
    if not address:
        return said(text)
    return f'<a href="{escape(address, quote=True)}">{said(text)}</a>'
