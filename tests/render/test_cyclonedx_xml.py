"""CycloneDX XML says what CycloneDX JSON says, and nothing in it can break the markup."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.model.inventory import Inventory
from dunnage.model.report import Report, View
from dunnage.render._xml import escaped, quoted
from dunnage.render.cyclonedx_json import renderer as json_renderer
from dunnage.render.cyclonedx_xml import renderer
from sample_hostile import HOSTILE
from sample_image import LODASH_B, named
from sample_platforms import PLATFORMS
from samples import EMPTY, REPORT, SEVERAL, SUBJECT, UNSEEN

REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "platforms": PLATFORMS,
    "nothing": Report(subjects=(), created=REPORT.created, tool=REPORT.tool),
}
_SPACE = "{http://cyclonedx.org/schema/bom/1.6}"
_OBJECTS = {
    "license", "component", "supplier", "source", "tools", "analysis", "metadata", "vulnerability",
    "composition", "rating", "advisory", "reference", "lifecycle", "target",
}  # fmt: skip


def parsed(data: bytes) -> ET.Element:
    """Return the root of a document."""
    return ET.fromstring(data)  # noqa: S314 - written by ourselves


def as_json(element: ET.Element) -> Any:  # noqa: ANN401 - JSON has every type
    """Return an element in the shape that JSON has for it."""
    tag = element.tag.removeprefix(_SPACE)
    inner = list(element)
    if tag == "hash":
        return {**element.attrib, "content": element.text}
    if tag == "property":
        return {**element.attrib, "value": element.text or ""}
    if tag == "expression":
        return {"expression": element.text, **element.attrib}
    if tag == "assembly" or (tag == "dependency" and "composition" in element.attrib):
        return element.attrib["ref"]
    if tag == "dependency":
        needs = [one.attrib["ref"] for one in inner]
        return {"ref": element.attrib["ref"], **({"dependsOn": needs} if needs else {})}
    if tag == "licenses":
        return [
            as_json(one) if one.tag.endswith("expression") else {"license": as_json(one)}
            for one in inner
        ]
    if tag in _OBJECTS or (tag == "version" and inner):
        found: dict[str, Any] = dict(element.attrib)
        for one in inner:
            found[one.tag.removeprefix(_SPACE)] = as_json(one)
        return found
    if not inner and tag not in {"components", "dependencies", "properties"}:
        return element.text or ""
    return [as_json(one) for one in inner]


def texts(value: Any) -> Any:  # noqa: ANN401 - JSON has every type
    """Return a value with its numbers as XML writes them."""
    if isinstance(value, dict):
        return {key: texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [texts(inner) for inner in value]
    return str(value)


@pytest.mark.parametrize("name", REPORTS)
def test_both_forms_say_the_same(name: str) -> None:
    """Read back into the shape of JSON, XML has the same keys and values in the same order."""
    report = REPORTS[name]
    value = json.loads(json_renderer.render(report, View()))
    root = parsed(renderer.render(report, View()))
    assert root.attrib == {"serialNumber": value["serialNumber"], "version": "1"}
    for composition in root.iter(f"{_SPACE}composition"):
        for one in composition.iter(f"{_SPACE}dependency"):
            one.set("composition", "")
    read = {one.tag.removeprefix(_SPACE): as_json(one) for one in root}
    assert list(read) == ["metadata", "components", "dependencies", "compositions",
                          "vulnerabilities"]  # fmt: skip
    for entry in value["dependencies"]:
        if entry.get("dependsOn") == []:  # XML has no list that is there and empty
            del entry["dependsOn"]
    for key, found in read.items():
        assert (found or []) == texts(value[key]), key


def test_hostile_names_are_only_text() -> None:
    """Markup, escape codes and line breaks of an image do not become markup of the document."""
    data = renderer.render(HOSTILE, View())
    root = parsed(data)
    (name,) = [e.text for e in root.findall(f"{_SPACE}components/{_SPACE}component/{_SPACE}name")]
    assert name == "\\x1b[31mevil\u202egpj.exe\r\n::error::owned|<script>alert(1)</script>`x`"
    assert not re.search(rb"[\x00-\x08\x0b-\x1f]", data)
    assert not list(root.iter("script"))


@given(st.text(), st.text())
def test_any_text_comes_back(content: str, attribute: str) -> None:
    """What XML can hold comes back unchanged; what it cannot is spelled out, in both places."""
    data = f"<a b={quoted(attribute)}>{escaped(content)}</a>".encode()
    element = parsed(data)
    for written, read in ((content, element.text or ""), (attribute, element.attrib["b"])):
        allowed = re.fullmatch("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", written)
        if allowed:
            assert read == written
        else:
            assert "\\" in read


def test_different_names_stay_different() -> None:
    """Characters that XML forbids do not all become one, so references stay unique."""
    names = ["a\x00", "a\x01", "a\udc80", "a\ud800", "a\ufffe"]
    assert [escaped(name) for name in names] == [
        "a\\x00", "a\\x01", "a\\x80", "a\\ud800", "a\\ufffe",
    ]  # fmt: skip


def test_ten_thousand_packages_as_xml_are_quick() -> None:
    """10,000 packages take at most 3 seconds of CPU time on a slow machine (0.6 on ours)."""
    many = tuple(named(replace(LODASH_B, name=f"lodash{n}", ref="")) for n in range(10_000))
    subject = replace(SUBJECT, inventory=Inventory(packages=many), findings=())
    start = time.process_time()
    data = renderer.render(replace(REPORT, subjects=(subject,)), View())
    spent = time.process_time() - start
    print(f"{spent:.2f} s, {len(data)} bytes")
    assert spent < 3.0
