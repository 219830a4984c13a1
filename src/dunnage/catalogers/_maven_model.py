"""Puts together what the pom.xml files of one project inherit and prescribe.

The rules are those of Maven's documentation, "Introduction to the POM" (inheritance and
interpolation) and "Introduction to the dependency mechanism" (dependency management, imports).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import LimitError
from dunnage.parsers.maven_pom import Dependency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.parsers.maven_pom import Pom

_PROPERTY = re.compile(r"\$\{([^${}]{1,200})\}")
_EXACT = re.compile(r"\[([^\[\](),]+)\]")
_LEVELS = 20
_LONGEST = 512
_INHERITED = 1_000_000
"""Properties and versions that all files of a project inherit together."""
_MISSING = 100
_Managed = dict[tuple[str, ...], Dependency]
"""Prescribed versions by group, artifact, type and classifier, with properties replaced."""


class Needed(NamedTuple):
    """A dependency with its properties replaced.

    Attributes:
        group: Group id.
        artifact: Artifact id.
        version: Exact version, or empty if no file of the project says it.
        dev: True if only tests need it.
        line: One-based line, or 0.
        wanted: What is written for the version, or empty.
    """

    group: str
    artifact: str
    version: str
    dev: bool
    line: int
    wanted: str


class Model:
    """All pom.xml files of one project.

    Args:
        poms: By the path of the file.
    """

    def __init__(self, poms: Mapping[str, Pom]) -> None:
        self._poms = poms
        self._by_name: dict[tuple[str, str], str] = {}
        for path, pom in sorted(poms.items()):
            group = pom.group or (pom.parent[0] if pom.parent else "")
            self._by_name.setdefault((group, pom.artifact), path)
        self._contexts: dict[str, _Context] = {}
        self._left = _INHERITED

    def needed(self, path: str) -> Iterator[Needed]:
        """Give what one file says it needs, without modules of the project itself."""
        context = self._context(path)
        prescribed = self._managed(path)
        for dependency in self._poms[path].dependencies:
            group, artifact = context.value(dependency.group), context.value(dependency.artifact)
            if (group, artifact) in self._by_name:
                continue
            key = (group, artifact, *context.kind(dependency))
            managed = prescribed.get(key, Dependency(group, artifact))
            wanted = context.value(dependency.version) or managed.version
            scope = context.value(dependency.scope) or managed.scope
            exact = _EXACT.fullmatch(wanted)
            version = exact[1].strip() if exact else wanted
            known = version and not set("${}[]()") & set(version)
            yield Needed(
                group,
                artifact,
                version if known else "",
                scope == "test",
                dependency.line,
                wanted,
            )

    def missing(self, path: str) -> list[str]:
        """Return the parents and imported files that are not in the project, as names."""
        self._managed(path)
        return self._context(path).missing

    def _context(self, path: str, above: tuple[str, ...] = ()) -> _Context:
        found = self._contexts.get(path)
        if found is None:
            found = _Context()
            self._contexts[path] = found  # before it is filled, in case files point in a ring
            self._fill(found, path, above)
        return found

    def _fill(self, context: _Context, path: str, above: tuple[str, ...]) -> None:
        pom = self._poms[path]
        parent = self._parent(path) if pom.parent and len(above) < _LEVELS else ""
        above_it: tuple[Dependency, ...] = ()
        if parent and parent not in above:
            inherited = self._context(parent, (*above, path))
            self._spend(len(inherited.properties) + len(inherited.prescribed))
            context.properties.update(inherited.properties)
            context.missing += inherited.missing[:_MISSING]
            above_it = inherited.prescribed
        elif pom.parent:
            context.missing.append(":".join(pom.parent))
        own = dict(pom.properties)
        group, version = pom.group, pom.version
        if pom.parent:
            group, version = group or pom.parent[0], version or pom.parent[2]
            own |= {
                "project.parent.groupId": pom.parent[0],
                "project.parent.version": pom.parent[2],
            }
        for prefix in ("project.", "pom.", ""):
            own |= {f"{prefix}groupId": group, f"{prefix}version": version}
            own[f"{prefix}artifactId"] = pom.artifact
        context.properties.update(own)
        # Of two that are alike the later counts.
        mine = {told._replace(version="", line=0): told for told in pom.managed}
        context.prescribed = (*mine.values(), *above_it)

    def _managed(self, path: str, above: tuple[str, ...] = ()) -> _Managed:
        """Return the versions that hold in a file: its own, its parents', then imported ones.

        What parents prescribe is interpolated where it is used, so that a child may set a property
        of its parent's. Imported files stand for themselves.
        """
        context = self._context(path)
        if context.managed is not None:
            return context.managed
        found: _Managed = {}
        context.managed = found  # before it is filled, in case files point in a ring
        imports = []
        for dependency in context.prescribed:
            group, artifact = context.value(dependency.group), context.value(dependency.artifact)
            version, scope = context.value(dependency.version), context.value(dependency.scope)
            told = Dependency(group, artifact, version, scope)
            if scope == "import":
                imports.append(told)
            else:
                found.setdefault((group, artifact, *context.kind(dependency)), told)
        for told in imports:
            other = self._by_name.get((told.group, told.artifact), "")
            if not other or other in above or len(above) >= _LEVELS:
                context.missing.append(f"{told.group}:{told.artifact}:{told.version}")
                continue
            imported = self._managed(other, (*above, path))
            self._spend(len(imported))
            context.missing += self._context(other).missing[:_MISSING]
            for name, inner in imported.items():
                found.setdefault(name, inner)
        return found

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise LimitError(f"the pom.xml files inherit more than {_INHERITED} values")

    def _parent(self, path: str) -> str:
        """Return the path of a file's parent if it is in the project, else nothing."""
        pom = self._poms[path]
        if not pom.parent:
            return ""
        group, artifact, _ = pom.parent
        if pom.relative:
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), pom.relative))
            for near in (place, f"{place}/pom.xml"):
                other = self._poms.get(near)
                if other is not None and other.artifact == artifact:
                    return near
        return self._by_name.get((group, artifact), "")


class _Context:
    """What holds within one file: properties, and versions that are prescribed."""

    def __init__(self) -> None:
        self.properties: dict[str, str] = {}
        self.prescribed: tuple[Dependency, ...] = ()
        self.managed: _Managed | None = None
        self.missing: list[str] = []

    def value(self, written: str) -> str:
        """Return a text with its properties replaced, as far as they are known."""
        for _ in range(_LEVELS):
            if "${" not in written or len(written) > _LONGEST:
                break
            done = _PROPERTY.sub(self._property, written)
            if done == written:
                break
            written = done
        return written[:_LONGEST].strip()

    def kind(self, dependency: Dependency) -> tuple[str, str]:
        """Return type and classifier: what is prescribed for one kind of file is for no other."""
        return self.value(dependency.type) or "jar", self.value(dependency.classifier)

    def _property(self, match: re.Match[str]) -> str:
        return self.properties.get(match[1].strip(), match[0])[:_LONGEST]
