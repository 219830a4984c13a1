"""Reads XML from strangers: no document types, no entities, bounded in size, depth and number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from dunnage.model.limits import Limits

ELEMENTS = 1_000_000
"""Elements of one document. Where more than 32 MB are allowed, one for every 32 bytes."""

_ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
_NO_ATTRIBUTES: dict[str, str] = {}


class Element:
    """One element of the namespace that the root is in.

    Attributes:
        name: Its local name.
        attributes: Values of the attributes that are in no namespace, by name.
        children: Wanted elements directly inside it, in document order.
        text: All text directly inside it.
    """

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""

    def child(self, name: str) -> Element | None:
        """Return the first child of a name, or None."""
        return next((child for child in self.children if child.name == name), None)


def parse(
    data: bytes, limits: Limits, wanted: AbstractSet[str], *, largest: int = -1, where: str = ""
) -> tuple[str, Element]:
    """Return the namespace of the root of an XML 1.0 document, and the root.

    A document type declaration is refused where it begins (XML 1.0, clause 2.8), and without one
    there are no entities but the five of the language and character references. Nothing outside
    the document is ever opened.

    Args:
        data: The document, in UTF-8, UTF-16, US-ASCII or ISO-8859-1.
        limits: ``json_depth`` bounds the nesting, ``text_bytes`` the size.
        wanted: Local names of the elements that are kept. All others, and those of other
            namespaces, are left out with everything inside them.
        largest: Largest size in bytes instead of ``limits.text_bytes``.
        where: What is being read, for messages.

    Raises:
        LimitError: If it is too large, nested too deeply, or has too many elements.
        InputError: If it is not well-formed, or declares a document type.
    """
    from xml.parsers import expat

    bound = limits.text_bytes if largest < 0 else largest
    if len(data) > bound:
        raise LimitError(f"XML of more than {bound} bytes", where=where)
    builder = _Builder(wanted, limits.json_depth, max(ELEMENTS, bound // 32), where)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.XmlDeclHandler = builder.declared
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        place = f"line {error.lineno} column {error.offset + 1}"
        message = f"not XML: {expat.ErrorString(error.code)} at {place}"
        raise InputError(message, where=where) from error
    except (LookupError, UnicodeError, ValueError) as error:
        raise InputError("not XML: an encoding that cannot be read", where=where) from error
    if builder.root is None:
        raise InputError("not XML: there is no element", where=where)
    return builder.namespace, builder.root


class _Builder:
    """Keeps wanted elements as the parser meets them."""

    def __init__(self, wanted: AbstractSet[str], depth: int, most: int, where: str) -> None:
        self.root: Element | None = None
        self.namespace = ""
        self._wanted = wanted
        self._depth = depth
        self._most = most
        self._where = where
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._skipped = 0
        self._count = 0

    def declared(self, version: str, encoding: str | None, standalone: int) -> None:
        del version, standalone
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            message = f"XML in the encoding {encoding[:40]!r}"
            raise InputError(message, where=self._where, advice="convert it to UTF-8")

    def doctype(self, *_: object) -> None:
        raise InputError(
            "XML with a document type declaration, which is not read",
            where=self._where,
            advice="remove <!DOCTYPE ...>",
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > self._most:
            raise LimitError(f"XML of more than {self._most} elements", where=self._where)
        depth = len(self._open) + self._skipped
        if depth >= self._depth:
            message = f"XML nested more than {self._depth} levels deep"
            raise LimitError(message, where=self._where)
        space, _, local = name.rpartition(" ")
        if self.root is None:
            self.namespace = space
        elif self._skipped or space != self.namespace or local not in self._wanted:
            self._skipped += 1
            return
        found = Element(local, attributes or _NO_ATTRIBUTES)
        if self._open:
            self._open[-1].children.append(found)
        else:
            self.root = found
        self._open.append(found)
        self._texts.append([])

    def end(self, _: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def text(self, data: str) -> None:
        if not self._skipped and self._texts:
            self._texts[-1].append(data)
