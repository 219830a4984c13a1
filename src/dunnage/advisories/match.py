"""Joins an inventory with the store: which packages are affected by which vulnerabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.advisories import _notices
from dunnage.advisories._candidates import GENERIC, lookup_of
from dunnage.advisories._hits import fix_of, statement_of
from dunnage.advisories._matcher import Matcher
from dunnage.advisories.severity import MALICIOUS, judge, unscored
from dunnage.model.finding import Confidence, Exploited, Finding, Fix, Kind
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from dunnage.advisories._merge import Vulnerability
    from dunnage.advisories.store import Store
    from dunnage.model.inventory import Inventory
    from dunnage.model.package import Package

URLS = 10


class Matched(Struct, frozen=True):
    """What came of matching.

    Attributes:
        findings: Worst first, then by package and id.
        problems: What was not examined.
        matched: Packages whose ecosystem and release have advisory data.
        unexamined: Packages that could not be examined.
        ecosystems: Ecosystems (with release) that were consulted, sorted.
        unscored: CVEs by which NVD would decide how bad a finding is, and of which the store has
            no score by NVD; sorted.
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    matched: int = 0
    unexamined: int = 0
    ecosystems: tuple[str, ...] = ()
    unscored: tuple[str, ...] = ()


def ecosystems_of(inventory: Inventory) -> tuple[str, ...]:
    """Return the ecosystems (with release) that matching an inventory consults, sorted."""
    kinds = {
        (package.type, package.name if package.type == GENERIC else ""): package
        for package in inventory.packages
    }.values()
    lookups = (lookup_of(package, inventory.system) for package in kinds)
    return tuple(sorted({lookup.ecosystem for lookup in lookups if lookup.ecosystem}))


def match(
    inventory: Inventory,
    store: Store | None,
    *,
    now: datetime,
    db_max_age: float | None = None,
    notices: bool = True,
) -> Matched:
    """Match every package against the store.

    Args:
        inventory: What the target holds.
        store: The opened store, or None if there is none.
        now: The time of the report.
        db_max_age: Days after which the data counts as too old, or None for no such bound.
        notices: False leaves out what concerns the target as a whole (end of life, age of the
            data, CVEs without a score); for matching again with single packages changed.

    Raises:
        InputError: If the store is damaged.
    """
    whole = _notices.end_of_life(inventory.system, now) if notices else ()
    if store is None:
        count = len(inventory.packages)
        return Matched(whole, (_no_store(count),), unexamined=count)
    matcher = Matcher(inventory, store)
    found: list[tuple[str, Finding]] = [("", finding) for finding in whole]
    without: set[str] = set()
    for package in inventory.packages:
        key, vulnerabilities = matcher.vulnerabilities(package)
        for vulnerability in vulnerabilities:
            finding = _finding(package, vulnerability, key, store)
            if notices:
                without.update(unscored(vulnerability, finding.severity_source, store))
            if package.owner:
                finding = matcher.owners.settle(finding, package)
            found.append((package.title, finding))
    found.sort(key=lambda pair: (-pair[1].severity, pair[0], pair[1].id, pair[1].package))
    ecosystems = matcher.consulted
    problems = matcher.problems()
    if notices and inventory.packages:
        problems += _notices.age(store, ecosystems, now, db_max_age)
    return Matched(
        findings=tuple(finding for _, finding in found),
        problems=problems,
        matched=matcher.matched,
        unexamined=len(inventory.packages) - matcher.matched,
        ecosystems=ecosystems,
        unscored=tuple(sorted(without)),
    )


def _no_store(count: int) -> Problem:
    told = "1 package was" if count == 1 else f"{count} packages were"
    return Problem(
        "no-advisory-store",
        f"there is no advisory data at all: {told} not examined",
        advice="dunnage db update",
        effect=Effect.NO_DATA,
        count=count,
    )


def _finding(package: Package, about: Vulnerability, key: bytes, store: Store) -> Finding:
    severity, source, scores = judge(about, store)
    fixed = fix_of((span for hit in about.hits for span in hit.spans), key)
    urls = dict.fromkeys(url for hit in about.hits for url in hit.detail.urls)
    published = [hit.detail.published for hit in about.hits if hit.detail.published]
    chance = [fact for cve in about.known_as if (fact := store.fact("epss", cve))]
    likely = max(chance, key=lambda fact: fact.epss, default=None)
    return Finding(
        id=about.id,
        kind=Kind.VULNERABILITY,
        message=_message(package, about),
        severity=severity,
        severity_source=source,
        # Another publisher's advisories are about the same releases, not about the same builds.
        confidence=Confidence.MEDIUM if package.type == GENERIC else Confidence.HIGH,
        package=package.ref,
        locations=package.locations,
        aliases=about.aliases,
        statements=tuple(statement_of(hit, key) for hit in about.hits),
        scores=scores,
        fix=Fix(version=fixed, state="fixed") if fixed else Fix(),
        published=min(published, default=""),
        urls=tuple(urls)[:URLS],
        exploited=_exploited(about, store),
        epss=likely.epss if likely else -1.0,
        epss_percentile=likely.percentile if likely else -1.0,
    )


def _message(package: Package, about: Vulnerability) -> str:
    summaries = [
        (hit.detail.bundle, hit.detail.summary) for hit in about.hits if hit.detail.summary
    ]
    text = min(summaries, default=(False, ""), key=lambda pair: pair[0])[1]
    text = text or f"{about.id} in {package.title}"
    malicious = any(hit.detail.id.startswith(MALICIOUS) for hit in about.hits)
    if malicious and "malicious" not in text.lower():
        return f"malicious package: {text}"
    return text


def _exploited(about: Vulnerability, store: Store) -> Exploited | None:
    for cve in about.known_as:
        fact = store.fact("kev", cve)
        if fact is not None:
            return Exploited(fact.added, fact.due, fact.ransomware)
    return None
