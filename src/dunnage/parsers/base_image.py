"""Tells what is known about a base image from its name: family, tier, distribution, libc.

The facts are in ``data/bases.toml``, each with its source and date. A name that no row knows gives
None: nothing is guessed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from dunnage.io.tables import part, table
from dunnage.model.errors import InputError
from dunnage.parsers import _base_words as words
from dunnage.parsers.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Mapping[str, Any]

_CACHED = 512


class Base(Struct, frozen=True):
    """What is known about a base image.

    Attributes:
        image: The name as it was given.
        repository: Without registry, tag and digest (``library/`` left out): ``python``.
        tag: Without digest; ``latest`` if none is written.
        digest: ``sha256:...`` or empty.
        family: Key of its row in ``data/bases.toml``.
        tier: ``full``, ``slim``, ``alpine``, ``minimal``, ``distroless``, ``static`` or
            ``scratch``, from heavy to light; empty if the tag does not tell.
        kind: ``os``, ``runtime`` (an interpreter or virtual machine), ``sdk`` (compilers),
            ``server`` (a program of its own) or empty.
        language: ``python``, ``node``, ``go``, ``java``, ``dotnet``, ``ruby``, ``php``, ``rust``
            or empty.
        version: Of the language or program as the tag says it, or empty.
        os: ``linux`` or ``windows``.
        distro: Id of the distribution as in ``data/distros.toml``, or empty.
        release: Of the distribution, or empty.
        libc: ``glibc``, ``musl``, ``none`` (static and scratch) or empty.
        shell: True if it has a shell; None if not known.
        package_manager: ``apt``, ``apk``, ``dnf``, ``microdnf``, ``yum``, ``zypper``, ``tdnf``,
            ``pacman``, ``none`` or empty.
        user: User it runs as unless told otherwise: ``root``, a name or number, or empty.
        end_of_life: ISO date on which support of the release or language version ends, or empty.
        ending: What loses support then, in words: ``Debian GNU/Linux 10``, ``Python 3.8``.
        floating: True if the tag moves from one release line to the next (``latest``, ``lts``,
            ``python:3``) and no digest holds it.
        official: True for Docker's official images, also in a known mirror.
        deprecated: What to use instead of images that get no updates, or empty.
    """

    image: str
    repository: str
    tag: str
    digest: str = ""
    family: str = ""
    tier: str = ""
    kind: str = ""
    language: str = ""
    version: str = ""
    os: str = "linux"
    distro: str = ""
    release: str = ""
    libc: str = ""
    shell: bool | None = None
    package_manager: str = ""
    user: str = ""
    end_of_life: str = ""
    ending: str = ""
    floating: bool = False
    official: bool = False
    deprecated: str = ""


@lru_cache(_CACHED)
def identify(image: str) -> Base | None:
    """Return what is known about a base image, or None if its family is not known.

    A word of the tag that the table does not know leaves open all that is not said by the others.

    Args:
        image: A reference as in FROM, without variables; ``scratch`` is known.
    """
    if image == "scratch":
        return _SCRATCH
    try:
        reference = Reference.parse(image)
    except InputError:
        return None
    place = words.place(reference)
    key, named = words.family(place.name)
    if not key:
        return None
    row: Row = part("bases", f"family.{key}")
    reading = words.read(row, named, reference.tag)
    facts = _facts(row, place.name.rpartition("/")[2], reading)
    end, ending = _end(row, facts)
    return Base(
        image=image,
        repository=place.repository,
        tag=reference.tag,
        digest=reference.digest,
        family=key,
        tier=facts.get("tier", ""),
        kind=facts.get("kind", ""),
        language=facts.get("language", ""),
        version=facts.get("version", ""),
        os=facts.get("os", "linux"),
        distro=facts.get("distro", ""),
        release=facts.get("release", ""),
        libc=facts.get("libc", ""),
        shell=facts.get("shell"),
        package_manager=facts.get("package_manager", ""),
        user=facts.get("user", ""),
        end_of_life=end,
        ending=ending,
        floating=not reference.digest and _floating(row, reading, facts),
        official=place.official,
        deprecated=row.get("deprecated", ""),
    )


def glibc(base: Base) -> tuple[int, int] | None:
    """Return the version of glibc in a base image, or None if it is not known or has none."""
    if base.libc != "glibc":
        return None
    text = part("bases", "glibc").get(base.distro, {}).get(base.release, "")
    major, dot, minor = text.partition(".")
    return (int(major), int(minor)) if dot else None


def _facts(row: Row, name: str, reading: words.Reading) -> dict[str, Any]:
    """Return all fields, those that a known tag leaves to the family included."""
    said = reading.said
    by_name: Row = row.get("by_name", {}).get(name, {})
    if row.get("only_named") and not by_name:
        reading.known = False
    reading.known |= by_name.get("one", False)
    facts: dict[str, Any] = {"kind": row.get("kind", ""), "language": row.get("language", "")}
    facts |= {key: by_name[key] for key in ("kind", "language") if key in by_name}
    facts |= said
    system = row.get("kind") == "os"
    version = reading.java if row.get("java") else reading.numbers
    if not system:
        facts.setdefault("version", version)
    if facts.get("os", "linux") == "windows" or row["names"][0].endswith("/windows/*"):
        return _windows(facts, by_name, reading)
    line = words.line_of(facts.get("version", ""), row["line"])
    if (default := row.get("by_line", {}).get(line)) and reading.known and "distro" not in said:
        facts |= words.read(row, "", default).said
    if (system or reading.known) and "distro" not in facts:
        facts["distro"] = by_name.get("distro", row.get("distro", ""))
    if system and "release" not in facts:
        facts["release"] = words.release_of(facts["distro"], reading.numbers)
    if reading.known:
        for key in ("tier", "shell", "user", "package_manager"):
            if key not in facts and (key in by_name or key in row):
                facts[key] = by_name.get(key, row.get(key))
        facts.setdefault("user", "root" if facts.get("tier") else "")
    return _system(facts)


def _windows(facts: dict[str, Any], by_name: Row, reading: words.Reading) -> dict[str, Any]:
    facts |= {"os": "windows", "libc": "", "distro": "", "package_manager": "none", "shell": True}
    facts.setdefault("tier", by_name.get("tier", ""))
    if facts["kind"] == "os":
        facts.setdefault("release", reading.numbers)
    return facts


def _system(facts: dict[str, Any]) -> dict[str, Any]:
    """Fill in what follows from distribution and tier."""
    system: Row = part("bases", "systems").get(facts.get("distro", ""), {})
    tier = facts.get("tier", "")
    facts.setdefault("libc", "none" if tier == "static" else system.get("libc", ""))
    if tier in {"distroless", "static", "minimal"}:
        facts.setdefault("shell", tier == "minimal")
        facts["package_manager"] = "none"
    elif tier:
        facts.setdefault("shell", True)
        older: Row = system.get("older", {})
        release = facts.get("release", "")
        if release in older:
            facts["package_manager"] = older[release]
        elif release or not older:
            facts.setdefault("package_manager", system.get("package_manager", ""))
    return facts


def _floating(row: Row, reading: words.Reading, facts: Mapping[str, Any]) -> bool:
    if reading.dated:
        return False
    if row["line"] == 0:
        return not facts.get("release")
    if row.get("kind") == "os" and facts.get("release"):
        return reading.moving and not reading.numbers
    version = reading.numbers or facts.get("version", "")
    return not words.line_of(version, row["line"])


def _end(row: Row, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the day on which the first of release and language loses support, and what does."""
    found: list[tuple[str, str]] = []
    stanza = table("distros").get(facts.get("distro", ""), {})
    release = facts.get("release", "")
    if day := row.get("ends", stanza.get("eol", {})).get(release):
        found.append((day, f"{stanza['name']} {release}"))
    ends = part("bases", f"eol.{row['eol']}") if "eol" in row else {}
    line = words.line_of(facts.get("version", ""), row["line"])
    if day := ends.get(line):
        found.append((day, f"{_NAMES.get(row['eol'], row['eol'])} {line}"))
    return min(found, default=("", ""))


_SCRATCH = Base(
    "scratch",
    "scratch",
    "",
    family="scratch",
    tier="scratch",
    kind="os",
    libc="none",
    shell=False,
    package_manager="none",
    user="root",
    official=True,
)
_NAMES = {
    "python": "Python",
    "node": "Node.js",
    "go": "Go",
    "temurin": "Java",
    "dotnet": ".NET",
    "ruby": "Ruby",
    "php": "PHP",
}
