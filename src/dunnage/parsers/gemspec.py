"""Reads the specification RubyGems keeps of an installed gem, without running it.

A gemspec is Ruby code, but the one beside an installed gem was written by RubyGems itself
(``Gem::Specification#to_ruby``): one assignment a line, with literal texts. Its second line is a
comment that RubyGems reads instead of the code (``Gem::StubSpecification``)::

    # stub: NAME VERSION PLATFORM REQUIRE_PATHS
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dunnage.model.package import Package

MAX_ITEMS = 1000
"""Licences, authors or dependencies of one gem."""
_MAX_LINE = 64 * 1024
_MAX_NEED = 1024
"""Characters in which the name of a needed gem must stand."""
_STUB = re.compile(r"# stub: (\S+) (\S+) (\S+)")
_SET = re.compile(r"\s*\w{1,40}\.(name|version|platform|licenses?|authors?)\s*=\s*(.*)")
_NEED = re.compile(r"\s*\w{1,40}\.add_(?:runtime_)?dependency[ (]\s*(.*)")
# Bounded, so that a line of nothing but quotes is not searched to its end from each of them.
_TEXT = re.compile(
    r"""%q<([^>]{0,256}+)>|%q\{([^}]{0,256}+)\}|"((?:[^"\\]|\\.){0,256}+)"|'((?:[^'\\]|\\.){0,256}+)'"""
)
_FILE = re.compile(r"(.+?)-([0-9]+(?:\.[0-9A-Za-z]+)*)(?:-(.+))?", re.ASCII)


class Gem(NamedTuple):
    """What one specification says.

    Attributes:
        name: Empty if it could not be read.
        version: Empty if it could not be read.
        platform: ``ruby``, or what its compiled parts are for.
        licenses: Licence names as written.
        requires: Names of gems it needs at run time.
        author: The first author.
    """

    name: str = ""
    version: str = ""
    platform: str = ""
    licenses: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    author: str = ""


def parse(data: bytes, stem: str = "") -> Gem:
    """Return what a specification says; anything is read, and may say nothing.

    Args:
        data: The file; UTF-8, but anything is decoded.
        stem: Name of the file without its suffix: ``name-version[-platform]``. It says what the
            text does not.
    """
    told: dict[str, list[str]] = {}
    requires: dict[str, None] = {}
    name = version = platform = ""
    for line in data.decode("utf-8", "replace").splitlines():
        bare = line[:_MAX_LINE]
        stub = _STUB.match(bare)
        if stub and not told:
            name, version, platform = stub.groups()
        elif bare.strip() == "else":
            break  # What follows says the same for RubyGems 1.1, which knew one kind of need.
        elif (found := _SET.match(bare)) is not None:
            if found[1] not in told:  # The first counts; others are not even searched.
                told[found[1]] = _texts(found[2])
        elif (found := _NEED.match(bare)) is not None and len(requires) < MAX_ITEMS:
            requires.update(dict.fromkeys(_texts(found[1][:_MAX_NEED], most=1)))
    file = _FILE.fullmatch(stem)
    named, numbered, built = file.groups() if file else ("", "", "")
    licences = [*told.get("license", []), *told.get("licenses", [])]
    authors = [*told.get("author", []), *told.get("authors", []), ""]
    return Gem(
        name=name or _first(told, "name") or named,
        version=version or _first(told, "version") or numbered,
        platform=platform or _first(told, "platform") or built or "",
        licenses=tuple(dict.fromkeys(text for text in licences if text.isprintable())),
        requires=tuple(name for name in requires if name.isprintable()),
        author=authors[0] if authors[0].isprintable() else "",
    )


def _texts(code: str, most: int = MAX_ITEMS) -> list[str]:
    """Return the literal texts of a line of code that have at most 256 characters."""
    found: list[str] = []
    for match in _TEXT.finditer(code):
        text = next((group for group in match.groups() if group), "")
        if text:
            found.append(text)
        if len(found) >= most:
            break
    return found


def _first(told: dict[str, list[str]], key: str) -> str:
    return next(iter(told.get(key, ())), "")


def package_of(told: Gem) -> Package:
    """Return the package of a specification; a platform is a qualifier (purl-spec, ``gem``)."""
    built = told.platform not in {"", "ruby"} and told.platform.isprintable()
    return Package(
        type="gem",
        name=told.name,
        version=told.version,
        licenses=told.licenses,
        depends=told.requires,
        supplier=told.author,
        qualifiers=(("platform", told.platform[:64]),) if built else (),
    )
