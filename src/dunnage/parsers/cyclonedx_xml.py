"""Reads CycloneDX XML as the JSON document that says the same.

The two forms of the format (https://cyclonedx.org/docs/1.6/xml/, versions 1.2 to 1.7) have the same
fields under the same names, but for lists, which are elements around their items, and for fields
that are attributes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dunnage.model.errors import InputError
from dunnage.parsers.bounded_xml import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.limits import Limits
    from dunnage.parsers.bounded_xml import Element

Json = dict[str, Any]
_NAMESPACE = re.compile(r"http://cyclonedx\.org/schema/bom/(\d{1,3}\.\d{1,3})\Z")
_TEXTS = frozenset(
    {
        "aggregate",
        "author",
        "content",
        "description",
        "expression",
        "group",
        "id",
        "location",
        "name",
        "publisher",
        "purl",
        "version",
    }
)
_OBJECTS = frozenset(
    {"component", "composition", "evidence", "license", "metadata", "occurrence", "supplier"}
)
_LISTS = {
    "components": "component",
    "compositions": "composition",
    "hashes": "hash",
    "occurrences": "occurrence",
    "properties": "property",
}
_WANTED = frozenset(
    {*_TEXTS, *_OBJECTS, *_LISTS, *_LISTS.values()}
    | {"dependencies", "dependency", "expression-detailed", "licenses"}
)
_ADVICE = "give a CycloneDX document, whose root is 'bom' in the namespace of the format"


def document(data: bytes, limits: Limits, *, largest: int = -1) -> Json:
    """Return a CycloneDX XML document as its JSON form, as far as inventories need it.

    Args:
        data: The document.
        limits: ``json_depth`` and ``text_bytes`` count.
        largest: Largest size in bytes instead of ``limits.text_bytes``.

    Raises:
        InputError: If it is no CycloneDX XML; the message says what it seems to be.
    """
    namespace, root = parse(data, limits, _WANTED, largest=largest)
    found = _NAMESPACE.match(namespace)
    if root.name != "bom" or not found:
        kind = f"the root is {root.name[:40]!r} in {namespace[:80]!r}"
        if root.name == "RDF":
            kind = "it seems to be an SPDX document in RDF/XML"
        raise InputError(f"this is XML, but no CycloneDX document: {kind}", advice=_ADVICE)
    return {"bomFormat": "CycloneDX", "specVersion": found[1], **_object(root)}


def _object(element: Element) -> Json:
    """Return an element with fields; of two fields with one name the first counts."""
    found: Json = dict(element.attributes)
    for child in element.children:
        if child.name not in found or child.name in element.attributes:
            found[child.name] = _value(child)
    return found


def _value(element: Element) -> object:
    if element.name in _TEXTS:
        return element.text
    if element.name in _OBJECTS:
        return _object(element)
    special = _SPECIAL.get(element.name)
    if special is not None:
        return special(element)
    item = _LISTS.get(element.name, "")
    return [_value(child) for child in element.children if child.name == item]


def _hash(element: Element) -> Json:
    return {"alg": element.attributes.get("alg", ""), "content": element.text}


def _property(element: Element) -> Json:
    return {"name": element.attributes.get("name", ""), "value": element.text}


def _licences(element: Element) -> list[Json]:
    found: list[Json] = []
    for child in element.children:
        if child.name == "license":
            found.append({"license": _object(child)})
        elif child.name == "expression":
            found.append({"expression": child.text})
        elif child.name == "expression-detailed":
            found.append({"expression": child.attributes.get("expression", "")})
    return found


def _dependencies(element: Element) -> list[Json]:
    return [
        {
            "ref": entry.attributes.get("ref", ""),
            "dependsOn": [other.attributes.get("ref", "") for other in entry.children],
        }
        for entry in element.children
        if entry.name == "dependency"
    ]


_SPECIAL: dict[str, Callable[[Element], object]] = {
    "dependencies": _dependencies,
    "hash": _hash,
    "licenses": _licences,
    "property": _property,
}
