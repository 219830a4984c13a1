"""Reads the words in the tag and name of a base image by the table ``data/bases.toml``."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from dunnage.io.tables import part, table, text
from dunnage.model.lighter import TIERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.parsers.reference import Reference

    Row = Mapping[str, Any]

_HUB = frozenset({
    "docker.io", "registry-1.docker.io", "registry.hub.docker.com", "mirror.gcr.io",
})  # fmt: skip
_ARCHITECTURES = frozenset({
    "amd64", "arm32v5", "arm32v6", "arm32v7", "arm64v8", "i386", "mips64le", "ppc64le", "riscv64",
    "s390x", "winamd64",
})  # fmt: skip
"""Organisations on Docker Hub that hold the official images of one architecture."""
_NAMES = re.compile(r"^\[family\.([^\]]+)\]\nnames = (\[.*\])$", re.MULTILINE)
"""The first two lines of each family in ``data/bases.toml``; its strings are also JSON."""
_NUMBERED = re.compile(r"([a-z]+)([0-9][0-9.]*)")
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_VERSION = re.compile(r"v?([0-9][A-Za-z0-9_.]*)")
_SNAPSHOT = re.compile(r"20[0-9]{6}(?:\.[0-9]+)*")
_NOISE = re.compile(r"(?:[br][0-9]+|(?:rc|beta|alpha|preview|m)[.0-9]*)")
"""Builds, revisions and previews, which say nothing about what is inside."""
_JAVA = frozenset({
    "jdk", "jre", "temurin", "amazoncorretto", "openjdk", "ibmjava", "semeru", "sapmachine",
})  # fmt: skip


class Place(Struct, frozen=True):
    """Where an image lies.

    Attributes:
        name: As in ``names`` of the table: with its registry, unless that is Docker Hub.
        repository: Without registry.
        official: True for Docker's official images, also in a mirror.
    """

    name: str
    repository: str
    official: bool


def place(reference: Reference) -> Place:
    """Return where an image lies; known mirrors of Docker Hub are Docker Hub."""
    domain, path = reference.domain, reference.path
    if domain == "public.ecr.aws" and path.startswith("docker/"):
        domain, path = "docker.io", path.removeprefix("docker/")
    if domain not in _HUB:
        return Place(f"{domain}/{path}", path, official=False)
    owner, _, rest = path.partition("/")
    if owner == "library" or (owner in _ARCHITECTURES and rest and "/" not in rest):
        return Place(rest, rest, official=True)
    return Place(path, path, official="/" not in path)


class _Index(Struct, frozen=True):
    exact: Mapping[str, str]
    starts: tuple[tuple[str, str], ...]


@cache
def _index() -> _Index:
    exact: dict[str, str] = {}
    starts: list[tuple[str, str]] = []
    for key, names in _NAMES.findall(text("bases")):
        for name in json.loads(names):
            if name.endswith("*"):
                starts.append((name[:-1], key))
            else:
                exact[name] = key
    return _Index(exact, tuple(sorted(starts, key=lambda pair: -len(pair[0]))))


def family(name: str) -> tuple[str, str]:
    """Return the family of an image and what of its name is read like a tag; empty if unknown."""
    index = _index()
    key, start = index.exact.get(name, ""), ""
    if not key:
        start, key = next((pair for pair in index.starts if name.startswith(pair[0])), ("", ""))
    if not key or not part("bases", f"family.{key}").get("words"):
        return key, ""
    rest = name[start.rfind("/") + 1 :] if start else name.rpartition("/")[2]
    return key, rest.replace("/", "-")


class Reading(Struct, dict=True):
    """What the words of one image say.

    Attributes:
        said: Field -> value, as the words say it.
        numbers: The version of the program, as written.
        java: The version of Java, where the family is built on one.
        moving: True if a word means no release in particular.
        dated: True if a word is the day the image was made on, so that the tag stays.
        known: False if a word is not known; then nothing may be taken for granted.
    """

    said: dict[str, Any]
    numbers: str = ""
    java: str = ""
    moving: bool = False
    dated: bool = False
    known: bool = True


def read(row: Row, words: str, tag: str) -> Reading:
    """Return what the name and the tag of an image say.

    Args:
        row: Its family.
        words: What of its name is read like a tag.
        tag: Its tag; empty if only a digest is known, which says nothing.
    """
    found = Reading({}, known=bool(tag) or row.get("one", False))
    before = ""
    for word in (*words.lower().split("-"), *tag.lower().split("-")):
        if word and not _word(word, before, row, found):
            found.known = row.get("one", False)
        before = word
    return found


def _word(word: str, before: str, row: Row, found: Reading) -> bool:
    own: Mapping[str, Row] = row.get("parts", {})
    meaning: Row | None = own.get(word, part("bases", "parts").get(word))
    distro, release = codename(word)
    if distro:
        found.said |= {"distro": distro, "release": release}
    if meaning is not None:
        _apply(meaning, found)
        return True
    if _SNAPSHOT.fullmatch(word):
        found.dated = True
        return True
    if distro:
        return True
    if match := _NUMBERED.fullmatch(word):
        return _numbered(match[1], match[2], row, found) or bool(_NOISE.fullmatch(word))
    if match := _VERSION.fullmatch(word):
        return _version(match[1], before, row, found)
    return bool(_NOISE.fullmatch(word))


def _apply(meaning: Row, found: Reading) -> None:
    tier = found.said.get("tier")
    found.said |= {key: value for key, value in meaning.items() if key != "moving"}
    if tier and meaning.get("tier"):
        # ``alpine-slim``: the lighter of two tiers is what it is.
        found.said["tier"] = max(tier, meaning["tier"], key=TIERS.index)
    found.moving |= meaning.get("moving", False)


def codename(word: str) -> tuple[str, str]:
    """Return distribution and release that a code name stands for; empty if it is none."""
    distros = table("distros")
    for distro in ("debian", "ubuntu"):
        if release := distros[distro]["codenames"].get(word):
            return distro, release
    return "", ""


def _numbered(name: str, number: str, row: Row, found: Reading) -> bool:
    """Read a word with a number at its end: ``alpine3.19``, ``ubi9``, ``jdk21``, ``nodejs22``."""
    own = row.get("parts", {}).get(name)
    prefix = part("bases", "prefixes").get(name)
    if own or (own is not None and prefix is None):
        _apply(own, found)
        if "distro" in own:
            found.said["release"] = release_of(own["distro"], number)
        elif row.get("java"):
            found.java = number
        else:
            found.said["version"] = number
        return True
    if prefix is None:
        return False
    _apply(prefix, found)
    found.said["release"] = release_of(prefix["distro"], number)
    return True


def _version(text: str, before: str, row: Row, found: Reading) -> bool:
    if row.get("java") and before in _JAVA:
        found.java = text
        return True
    if found.said.get("os") == "windows" or not found.numbers:
        if found.said.get("os") == "windows" and found.numbers:
            found.said.setdefault("release", text)
        found.numbers = found.numbers or text
        return True
    # A second number of a distribution's own image is its build.
    return row.get("kind") == "os"


def release_of(distro: str, version: str) -> str:
    """Return the release of a distribution that a version belongs to, or empty if it names none."""
    stanza = table("distros").get(distro, {})
    if version == stanza.get("rolling"):
        return version
    match = _NUMBERS.match(version)
    parts = match[0].split(".") if match else []
    kind = stanza.get("release", "none")
    if not parts or kind == "none":
        return ""
    if kind == "whole" or version in stanza.get("eol", {}):
        return version
    if kind == "major.minor":
        return ".".join(parts[:2]) if len(parts) > 1 else ""
    return parts[0]


def line_of(version: str, count: int) -> str:
    """Return the first numbers of a version, or empty if it has not that many."""
    match = _NUMBERS.match(version)
    parts = match[0].split(".") if match else []
    return ".".join(parts[:count]) if len(parts) >= count > 0 else ""
