"""What is found in real images is what was counted independently."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

import os_images
from advisories.mirrors import NOW, held
from dunnage.advisories.match import Matched, match
from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger
from dunnage.model.errors import InputError
from dunnage.model.inventory import Inventory
from dunnage.model.problem import Effect
from support import data_json, data_root

if TYPE_CHECKING:
    from dunnage.advisories.store import Store
    from dunnage.model.package import Package

# Advisories that match the pairs of crates.io and npm are left out of pairs.json: their counts
# were made with a comparator that was no full one.


def _pairs() -> list[Any]:
    if not os.environ.get("DUNNAGE_TEST_DATA"):
        return []
    found: list[Any] = data_json("pairs.json")
    return found


@cache
def packages_of(image: str) -> tuple[Package, ...]:
    """Return what all catalogers find in an image."""
    catalogers = load_all("dunnage.catalogers", "cataloger", Cataloger).values()
    found: list[Package] = []
    if image.endswith((".elf", ".depv0")):
        data = (data_root() / "images" / image).read_bytes()
        for cataloger in catalogers:
            try:
                fact = os_images.fact_of(cataloger, "app", data)
            except InputError:
                continue
            found += fact.packages if fact else ()
    else:
        files = os_images.tree(f"images/{image}")
        for cataloger in catalogers:
            found += os_images.packages_of(cataloger, files)
    return tuple(replace(package, ref=f"p{index}") for index, package in enumerate(found))


def inventory_of(pair: Any) -> Inventory:  # noqa: ANN401 - JSON
    """Return the inventory of one pair; a release in its ecosystem names the distribution."""
    ecosystem = pair["ecosystem"]
    return held(*packages_of(pair["image"]), ecosystem=ecosystem if ":" in ecosystem else "")


def _rows(matched: Matched, inventory: Inventory, ecosystem: str) -> set[tuple[str, ...]]:
    by_ref = {package.ref: package for package in inventory.packages}
    return {
        _row(by_ref[f.package].title, by_ref[f.package].version, s.id, s.fixed)
        for f in matched.findings
        for s in f.statements
        if s.ecosystem == ecosystem
    }


def _row(name: str, version: str, advisory: str, fixed: str) -> tuple[str, ...]:
    return name.lower(), version.removeprefix("v"), advisory, fixed


@pytest.mark.parametrize("pair", _pairs(), ids=lambda pair: f"{pair['image']}-{pair['ecosystem']}")
def test_pair(pair: Any, shared_store: Store) -> None:  # noqa: ANN401 - JSON
    """Every row of pairs.json is found and nothing else; without data there is a Problem."""
    inventory = inventory_of(pair)
    assert inventory.packages
    matched = match(inventory, shared_store, now=NOW)
    found = _rows(matched, inventory, pair["ecosystem"])
    # Where an advisory is fixed on several branches the row lists all of them; ours is one.
    expected = {_row(r["package"], r["version"], r["id"], "")[:3]: r["fixed"] for r in pair["rows"]}
    assert {row[:3] for row in found} == set(expected)
    assert len(found) == pair["matches"]
    for row in found:
        assert row[3] in expected[row[:3]].split(",")
    missing = [p for p in matched.problems if p.code == "no-advisory-data"]
    if pair.get("unexamined"):
        assert [problem.where for problem in missing] == [pair["ecosystem"]]
        assert missing[0].effect is Effect.INCOMPLETE
        assert missing[0].count == matched.unexamined > 0
    else:
        assert not missing
        assert matched.matched == len(inventory.packages)


def test_every_finding_has_its_own_fix(shared_store: Store) -> None:
    """Matching again with the fix applied removes the finding, for every finding with a fix."""
    pair = next(pair for pair in _pairs() if pair["ecosystem"] == "PyPI") if _pairs() else None
    if pair is None:
        pytest.skip("DUNNAGE_TEST_DATA is not set: this test needs the shared real data")
    inventory = inventory_of(pair)
    findings = match(inventory, shared_store, now=NOW).findings
    by_ref = {package.ref: package for package in inventory.packages}
    fixable = [finding for finding in findings if finding.fix.version]
    assert len(fixable) > 100
    for finding in fixable:
        fixed = replace(by_ref[finding.package], version=finding.fix.version)
        again = match(Inventory(packages=(fixed,)), shared_store, now=NOW).findings
        assert finding.id not in {other.id for other in again}


def test_one_finding_per_vulnerability(shared_store: Store) -> None:
    """No two findings of one package share a CVE or an id, and none has two CVEs."""
    for pair in _pairs():
        inventory = inventory_of(pair)
        findings = match(inventory, shared_store, now=NOW).findings
        seen: set[tuple[str, str]] = set()
        for finding in findings:
            known = [n for n in (finding.id, *finding.aliases) if n.startswith("CVE-")]
            assert len(known) <= 1, finding.id
            names = {(finding.package, name) for name in (finding.id, *known)}
            assert not names & seen, finding.id
            seen |= names


def test_pairs_are_there() -> None:
    """The tests above cannot pass by being empty."""
    data_root()
    assert len(_pairs()) >= 20
