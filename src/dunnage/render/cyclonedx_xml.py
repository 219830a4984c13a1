"""Writes CycloneDX 1.6 XML: the same content in the same order as ``cyclonedx-json``.

The format is the XML schema of ECMA-424 (https://cyclonedx.org/docs/1.6/xml/). Where JSON has a
list of objects, XML has an element around one element for each; which keys become attributes, and
the few places where the two differ in shape, is all that this file knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.model.renderer import Renderer
from dunnage.render._cyclonedx_document import document
from dunnage.render._xml import escaped, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dunnage.model.report import Report, View

Json = dict[str, Any]
_NAMESPACE = "http://cyclonedx.org/schema/bom/1.6"
_ITEMS = {
    "advisories": "advisory",
    "affects": "target",
    "components": "component",
    "compositions": "composition",
    "lifecycles": "lifecycle",
    "ratings": "rating",
    "references": "reference",
    "versions": "version",
    "vulnerabilities": "vulnerability",
}
"""The element for each entry of a list."""

_ATTRIBUTES = {
    "component": ("type", "bom-ref"),
    "composition": ("bom-ref",),
    "license": ("acknowledgement",),
    "vulnerability": ("bom-ref",),
}
"""Keys that are attributes in XML."""


def render(report: Report, view: View) -> bytes:
    """Return the report as one CycloneDX 1.6 document.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    value = document(report)
    serial, version = quoted(value["serialNumber"]), quoted(str(value["version"]))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<bom xmlns={quoted(_NAMESPACE)} serialNumber={serial} version={version}>",
    ]
    for key in ("metadata", "components", "dependencies", "compositions", "vulnerabilities"):
        lines += _element(key, value.get(key, []), "  ")
    lines.append("</bom>\n")
    return "\n".join(lines).encode("utf-8")


def _element(tag: str, value: Any, indent: str) -> Iterator[str]:  # noqa: ANN401 - JSON's types
    """Give the lines of one element."""
    if not isinstance(value, dict | list):
        yield f"{indent}<{tag}>{escaped(str(value))}</{tag}>"
        return
    deeper = indent + "  "
    attributes = ""
    inside: list[str] = []
    if isinstance(value, dict):
        attributes = _attributes(tag, value)
        for key, inner in value.items():
            if key not in _ATTRIBUTES.get(tag, ()):
                inside += _element(key, inner, deeper)
    elif tag in _SPECIAL:
        inside += _SPECIAL[tag](value, deeper)
    else:
        for inner in value:
            inside += _element(_ITEMS[tag], inner, deeper)
    if not inside:
        yield f"{indent}<{tag}{attributes} />"
        return
    yield f"{indent}<{tag}{attributes}>"
    yield from inside
    yield f"{indent}</{tag}>"


def _attributes(tag: str, value: Json) -> str:
    names = _ATTRIBUTES.get(tag, ())
    return "".join(f" {name}={quoted(value[name])}" for name in names if name in value)


def _hashes(entries: Sequence[Json], indent: str) -> Iterator[str]:
    for entry in entries:
        yield f"{indent}<hash alg={quoted(entry['alg'])}>{escaped(entry['content'])}</hash>"


def _properties(entries: Sequence[Json], indent: str) -> Iterator[str]:
    for entry in entries:
        name, text = quoted(entry["name"]), escaped(entry["value"])
        yield f"{indent}<property name={name}>{text}</property>"


def _licences(entries: Sequence[Json], indent: str) -> Iterator[str]:
    for entry in entries:
        if "license" in entry:
            yield from _element("license", entry["license"], indent)
            continue
        how = quoted(entry["acknowledgement"])
        text = escaped(entry["expression"])
        yield f"{indent}<expression acknowledgement={how}>{text}</expression>"


def _dependencies(entries: Sequence[Json | str], indent: str) -> Iterator[str]:
    """Give the graph of the document, or the references of a composition, which are plain text."""
    for entry in entries:
        if isinstance(entry, str):
            yield f"{indent}<dependency ref={quoted(entry)} />"
            continue
        inner = entry.get("dependsOn", ())
        start = f"{indent}<dependency ref={quoted(entry['ref'])}"
        if not inner:
            yield f"{start} />"
            continue
        yield f"{start}>"
        yield from _dependencies(inner, indent + "  ")
        yield f"{indent}</dependency>"


def _assemblies(entries: Sequence[str], indent: str) -> Iterator[str]:
    for entry in entries:
        yield f"{indent}<assembly ref={quoted(entry)} />"


_SPECIAL: dict[str, Callable[[Sequence[Any], str], Iterator[str]]] = {
    "assemblies": _assemblies,
    "dependencies": _dependencies,
    "hashes": _hashes,
    "licenses": _licences,
    "properties": _properties,
}
"""Lists whose entries look different in XML."""

renderer = Renderer(
    render=render,
    media_type="application/vnd.cyclonedx+xml; version=1.6",
    suffix=".cdx.xml",
    summary="CycloneDX 1.6 XML: the same as cyclonedx-json",
    of_source=False,
)
