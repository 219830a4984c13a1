"""Joins advisories that are about the same vulnerability."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from dunnage.advisories._hits import Hit

_CVE = re.compile(r"CVE-(\d{4})-(\d{4,19})")


class Vulnerability(Struct, frozen=True):
    """One vulnerability of one package.

    Attributes:
        id: The CVE if there is one (the smallest of several), else a GHSA, else an advisory's id.
        cves: Its CVEs, smallest first.
        aliases: Its other names, sorted.
        hits: The advisories about it, sorted by id.
    """

    id: str
    cves: tuple[str, ...]
    aliases: tuple[str, ...]
    hits: tuple[Hit, ...]

    @property
    def known_as(self) -> tuple[str, ...]:
        """Return the CVEs under which other feeds speak of it: its own, else related ones."""
        related = dict.fromkeys(cve for hit in self.hits for cve in hit.detail.related)
        return self.cves or tuple(related)


def merged(hits: list[Hit]) -> list[Vulnerability]:
    """Return the vulnerabilities a package's advisories are about.

    Advisories that share a name (their id, an alias, their CVE) are about one vulnerability. An
    advisory that handles several vulnerabilities together (a distribution's) counts for each of
    its CVEs and joins none of them.
    """
    if len(hits) == 1 and not hits[0].detail.bundle:
        return _apart(_names(hits[0]), hits)
    parent: dict[str, str] = {}
    for hit in hits:
        if hit.detail.bundle:
            continue
        first, *others = _names(hit)
        root = _root(parent, first)
        for name in others:
            parent[_root(parent, name)] = root
    groups: dict[str, list[Hit]] = {}
    bundled: dict[str, list[str]] = {}
    for hit in hits:
        if hit.detail.bundle:
            for cve in dict.fromkeys(hit.detail.cves):
                root = _root(parent, cve)
                groups.setdefault(root, []).append(hit)
                bundled.setdefault(root, []).append(cve)
        else:
            groups.setdefault(_root(parent, hit.detail.id), []).append(hit)
    return [
        vulnerability
        for root, group in groups.items()
        for vulnerability in _apart([*bundled.get(root, ()), *_all_names(group)], group)
    ]


def _apart(names: list[str], group: list[Hit]) -> list[Vulnerability]:
    """Return one vulnerability for each CVE of a group: two CVEs are never the same one.

    Chains of aliases can join several. An advisory that names none of them counts for each.
    """
    cves = sorted({name for name in names if _CVE.fullmatch(name)}, key=_order)
    if len(cves) < 2:
        return [_vulnerability(names, group)]
    found = []
    for cve in cves:
        hits = [hit for hit in group if not hit.detail.cves or cve in hit.detail.cves]
        others = [name for name in _all_names(hits) if name not in cves]
        found.append(_vulnerability([cve, *others], hits))
    return found


def _root(parent: dict[str, str], name: str) -> str:
    parent.setdefault(name, name)
    while parent[name] != name:
        parent[name] = parent[parent[name]]
        name = parent[name]
    return name


def _names(hit: Hit) -> list[str]:
    return [hit.detail.id, *hit.detail.aliases, *hit.detail.cves]


def _all_names(group: list[Hit]) -> list[str]:
    return [name for hit in group if not hit.detail.bundle for name in _names(hit)]


def _order(cve: str) -> tuple[int, int]:
    found = _CVE.fullmatch(cve)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _vulnerability(names: list[str], hits: list[Hit]) -> Vulnerability:
    known = set(names)
    cves = sorted((name for name in known if _CVE.fullmatch(name)), key=_order)
    others = sorted(known)
    chosen = cves[0] if cves else next((n for n in others if n.startswith("GHSA-")), "")
    chosen = chosen or min(hit.detail.id for hit in hits)
    unique = {id(hit): hit for hit in hits}.values()
    return Vulnerability(
        id=chosen,
        cves=tuple(cves),
        aliases=tuple(name for name in others if name != chosen),
        hits=tuple(sorted(unique, key=lambda hit: hit.detail.id)),
    )
