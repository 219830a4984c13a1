"""Reads pom.xml of Maven.

The format is that of Maven's "POM reference" (model version 4.0.0). What a file inherits is put
together elsewhere; here is only what it says itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError
from dunnage.parsers import bounded_xml
from dunnage.parsers._json_values import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits
    from dunnage.parsers.bounded_xml import Element

# Comments, CDATA and instructions are skipped whole: all of them end, as the document was read
# before, and none can hold an open one of another kind that is searched to the end of the file.
_TOKENS = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(/?)(dependencyManagement|dependency|exclusions)\s*>"
    r"|<artifactId>\s*([^<\s]{1,512})|\n",
    re.DOTALL,
)


class Dependency(NamedTuple):
    """One dependency as written, with properties in it.

    Attributes:
        group: Group id.
        artifact: Artifact id.
        version: Version, or empty.
        scope: ``test``, ``import`` or another word, or empty.
        type: ``pom`` or another word, or empty.
        line: One-based line, or 0.
        classifier: ``tests`` or another word, or empty.
    """

    group: str
    artifact: str
    version: str = ""
    scope: str = ""
    type: str = ""
    line: int = 0
    classifier: str = ""


class Pom(NamedTuple):
    """What one pom.xml says itself.

    Attributes:
        group: Group id, or empty if it is the parent's.
        artifact: Artifact id.
        version: Version, or empty if it is the parent's.
        parent: Group, artifact and version of the parent; empty if there is none.
        relative: Where the parent's file is thought to be, relative to the directory of this one.
        properties: By name.
        managed: Versions it prescribes.
        dependencies: What it needs.
    """

    group: str
    artifact: str
    version: str
    parent: tuple[str, ...] = ()
    relative: str = ""
    properties: tuple[tuple[str, str], ...] = ()
    managed: tuple[Dependency, ...] = ()
    dependencies: tuple[Dependency, ...] = ()


class _Everything(frozenset[str]):
    """Properties may have any name."""

    def __contains__(self, _: object) -> bool:
        return True


def parse(data: bytes, limits: Limits) -> Pom:
    """Read a pom.xml.

    Raises:
        InputError: If it is not well-formed, is no project, or declares a document type.
        LimitError: If it is too large or nested too deeply.
    """
    _, root = bounded_xml.parse(data, limits, _Everything())
    if root.name != "project":
        raise InputError("the XML is no Maven project")
    lines = _lines(data.decode("utf-8", "replace"))
    managed = root.child("dependencyManagement")
    parent = root.child("parent")
    properties = root.child("properties")
    return Pom(
        group=_of(root, "groupId"),
        artifact=_of(root, "artifactId"),
        version=_of(root, "version"),
        parent=_parent(parent) if parent else (),
        relative=_relative(parent) if parent else "",
        properties=tuple((p.name, text(p.text)) for p in properties.children) if properties else (),
        managed=tuple(_dependencies(managed, {})) if managed else (),
        dependencies=tuple(_dependencies(root, lines)),
    )


def _of(element: Element, name: str) -> str:
    child = element.child(name)
    return text(child.text) if child else ""


def _parent(parent: Element) -> tuple[str, str, str]:
    return _of(parent, "groupId"), _of(parent, "artifactId"), _of(parent, "version")


def _relative(parent: Element) -> str:
    """Return where the parent's file is: ``../pom.xml`` if nothing is said (POM reference)."""
    return _of(parent, "relativePath") if parent.child("relativePath") else "../pom.xml"


def _dependencies(holder: Element, lines: dict[str, int]) -> Iterator[Dependency]:
    group = holder.child("dependencies")
    for child in group.children if group else ():
        artifact = _of(child, "artifactId")
        if child.name == "dependency" and artifact:
            yield Dependency(
                group=_of(child, "groupId"),
                artifact=artifact,
                version=_of(child, "version"),
                scope=_of(child, "scope"),
                type=_of(child, "type"),
                line=lines.get(artifact, 0),
                classifier=_of(child, "classifier"),
            )


def _lines(written: str) -> dict[str, int]:
    """Return the lines of the artifact ids of dependencies that are not only managed."""
    found: dict[str, int] = {}
    opened = {"dependencyManagement": 0, "dependency": 0, "exclusions": 0}
    line = 1
    for match in _TOKENS.finditer(written):
        if match[2]:
            opened[match[2]] += -1 if match[1] else 1
        elif match[3] and tuple(opened.values()) == (0, 1, 0):
            found.setdefault(match[3], line)
        line += match[0].count("\n")
    return found
