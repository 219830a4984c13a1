"""Severities reach as far as the data allows, as counted independently beside the data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import NOW
from advisories.test_shared_pairs import inventory_of
from dunnage.advisories.match import match
from support import data_json, data_root

if TYPE_CHECKING:
    from dunnage.advisories.store import Store

_LINE = re.compile(r"^\| (\S+) \|" + r" (\d+) \|" * 8, re.MULTILINE)
# The rows of npm and crates.io concern images whose expected matches pairs.json leaves open.
CHECKED = ("AlmaLinux", "Alpine", "Debian", "Go", "Maven", "PyPI")
# The counts were made with one more image matched against edge.
MORE = {
    "Alpine": [
        {"image": "alpine/alpine-minirootfs-3.15.11-x86_64.tar.gz", "ecosystem": "Alpine:edge"}
    ]
}
# One Go record has a score by NVD itself only through a CVE it is merely related to.
MERELY_RELATED = {"Go": 1}


def _expected() -> dict[str, tuple[int, ...]]:
    text = (data_root() / "severity_coverage.md").read_text(encoding="utf-8")
    return {found[1]: tuple(map(int, found.groups()[1:])) for found in _LINE.finditer(text)}


@pytest.mark.parametrize("ecosystem", CHECKED)
def test_reach(ecosystem: str, shared_store: Store) -> None:
    """As many matching advisories have a score of their own, or from NVD, as can have one."""
    expected = _expected()
    advisories: dict[str, set[str]] = {}
    for pair in [*data_json("pairs.json"), *MORE.get(ecosystem, [])]:
        if pair["ecosystem"].partition(":")[0] != ecosystem:
            continue
        for finding in match(inventory_of(pair), shared_store, now=NOW).findings:
            for statement in finding.statements:
                if statement.ecosystem == pair["ecosystem"]:
                    sources = {score.source for score in finding.scores if score.score >= 0}
                    advisories.setdefault(statement.id, set()).update(sources)
    count, own, nvd, either = expected[ecosystem][:4]
    primary = expected[ecosystem][5]
    assert len(advisories) == count
    assert sum("osv" in sources for sources in advisories.values()) == own
    assert sum(bool(sources & {"nvd", "nvd-secondary"}) for sources in advisories.values()) == nvd
    assert sum(bool(sources) for sources in advisories.values()) == either
    assert sum("nvd" in sources for sources in advisories.values()) == primary - MERELY_RELATED.get(
        ecosystem, 0
    )
