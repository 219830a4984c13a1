"""Tells which Maven package a Java archive is, from its manifest and its file name.

Maven writes ``pom.properties``, which says it exactly; other build tools do not. What is told
here is then a reading of attributes that the JAR specification (``Implementation-*``), OSGi
(``Bundle-*``) and the Java module system (``Automatic-Module-Name``) define for other ends.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dunnage.io.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE = re.compile(r"(?P<name>[A-Za-z][\w.+-]*?)-v?(?P<version>\d[\w.+-]*)")
_ARTIFACT = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*")
_GROUP = re.compile(r"[a-z][\w-]*(?:\.[\w-]+)+")
_VERSION = re.compile(r"[\w.+-]*\d[\w.+-]*")
_MAX_TEXT = 256
"""Characters; no coordinate is longer, and patterns are not tried on what is."""
_MAJOR = re.compile(r"(?<=[a-z])\d+(?=-|$)")
_TOO_BROAD = {"org.apache", "org.eclipse", "com.google", "com.sun", "com.oracle"}
"""Organisations, which are no group ids."""
_VERSIONS = ("implementation-version", "bundle-version", "plugin-version")


class Identity(NamedTuple):
    """The coordinates of a Maven package; ``group`` is empty where it cannot be told."""

    group: str
    artifact: str
    version: str


def identify(stem: str, manifest: dict[str, str], *, mixed: bool = False) -> Identity | None:
    """Return what an archive without ``pom.properties`` is, or None if no version is told.

    Args:
        stem: File name without its suffix.
        manifest: Main section of the manifest, names in lower case.
        mixed: True if other packages were packed into the archive; its manifest may be theirs.
    """
    stem = stem.removesuffix("-jar-with-dependencies")
    told = next((manifest[key] for key in _VERSIONS if _is_version(manifest.get(key, ""))), "")
    match = _FILE.fullmatch(stem) if len(stem) <= _MAX_TEXT else None
    if told and stem.endswith(f"-{told}"):
        artifact, version = stem.removesuffix(f"-{told}"), told
    elif match is not None and _is_version(match["version"]):
        # Repositories name their files exactly; bundle versions are bent to the rules of OSGi.
        artifact, version = match["name"], match["version"]
        if told and version.startswith(f"{told}-"):
            version = told  # what follows is a classifier, such as "linux-x86_64"
    else:
        artifact, version = _artifact(stem, manifest), told
    if not artifact or not version:
        return None
    artifact = _well_known(artifact, manifest)
    group = _groups().get(artifact, "") or ("" if mixed else _group(artifact, manifest))
    return Identity(group, artifact, version)


def matches(stem: str, artifact: str) -> bool:
    """Tell whether a file of this name may be the archive of an artifact."""
    return stem == artifact or stem.startswith(f"{artifact}-")


def _is_version(text: str) -> bool:
    if len(text) > _MAX_TEXT:
        return False
    parts = text.lower().split(".")
    return bool(_VERSION.fullmatch(text)) and not {"x", "*"} & set(parts)


def _artifact(stem: str, manifest: dict[str, str]) -> str:
    title = manifest.get("implementation-title", "")
    if title in _groups():
        return title
    if _is_artifact(title) and "-" in title and "." not in title:
        return title
    # Jenkins plug-ins say it under a name of their own.
    short = manifest.get("short-name", "")
    return next((name for name in (short, stem) if _is_artifact(name)), "")


def _is_artifact(text: str) -> bool:
    return len(text) <= _MAX_TEXT and bool(_ARTIFACT.fullmatch(text))


def _well_known(artifact: str, manifest: dict[str, str]) -> str:
    """Return the well-known artifact behind a name that a distribution gave its file."""
    known = _groups()
    if artifact in known:
        return artifact
    # Tomcat ships tomcat-catalina as catalina.jar; Debian calls it tomcat9-catalina.
    last = _dotted(manifest, "bundle-symbolicname").rpartition(".")[2]
    bare = _MAJOR.sub("", artifact)
    return next((name for name in (last, bare) if name in known), artifact)


def _group(artifact: str, manifest: dict[str, str]) -> str:
    for key in ("group-id", "implementation-vendor-id"):
        value = _dotted(manifest, key)
        if value and value not in _TOO_BROAD:
            return value
    for key in ("bundle-symbolicname", "automatic-module-name"):
        symbolic = _dotted(manifest, key)
        for group in _prefixes(symbolic):
            rest = symbolic[len(group) + 1 :]
            last = group.rpartition(".")[2]
            if artifact == rest and group in _TOO_BROAD:
                return symbolic
            # The bundle plug-in of Maven joins group and artifact, and leaves out what the
            # artifact repeats of the group: org.apache.commons and commons-text make
            # org.apache.commons.text.
            if artifact in {rest, f"{last}-{rest}", f"{last}-{rest.replace('.', '-')}"}:
                return group
    return ""


def _dotted(manifest: dict[str, str], key: str) -> str:
    value = manifest.get(key, "").split(";")[0].strip()
    return value if len(value) <= _MAX_TEXT and _GROUP.fullmatch(value) else ""


def _prefixes(dotted: str) -> Iterator[str]:
    parts = dotted.split(".")
    for size in range(len(parts) - 1, 0, -1):
        yield ".".join(parts[:size])


@cache
def _groups() -> dict[str, str]:
    groups: dict[str, list[str]] = table("java_groups")["groups"]
    return {artifact: group for group, names in groups.items() for artifact in names}
