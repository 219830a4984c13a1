"""Upgrades against real advisories and the real matcher."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from dunnage.advisories.match import match
from dunnage.advisories.store import Store, open_store
from dunnage.advisories.update import update
from dunnage.io.http import Http
from dunnage.model.finding import Finding, Status
from dunnage.model.inventory import Inventory
from dunnage.model.package import Package
from dunnage.model.policy import Policy
from dunnage.model.progress import Silent
from dunnage.policy.judge import judge
from dunnage.remedies.upgrades import upgrades
from sample_image import ALPINE
from support import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def apk(name: str, version: str, origin: str) -> Package:
    """Return an Alpine package."""
    return Package("apk", name, version, "alpine", source=origin, ref=name)


PACKAGES = (
    apk("apk-tools", "2.10.4-r2", "apk-tools"),
    apk("busybox", "1.30.1-r3", "busybox"),
    apk("libcrypto1.1", "1.1.1d-r2", "openssl"),
    apk("libssl1.1", "1.1.1d-r2", "openssl"),
    apk("musl", "1.1.22-r3", "musl"),
    Package("pypi", "Jinja2", "2.10", ref="jinja2"),
    Package("pypi", "urllib3", "1.24.1", ref="urllib3"),
)
INVENTORY = Inventory(ALPINE, PACKAGES)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of the Alpine and PyPI advisories of the shared data."""
    root: Path = tmp_path_factory.mktemp("store")
    mirror = str(data_root())
    update(
        root,
        [mirror],
        http=Http(offline=True),
        now=NOW,
        progress=Silent(),
        only=("Alpine", "PyPI"),
    )
    opened = open_store(root)
    assert opened is not None
    with opened:
        yield opened


def found(store: Store, packages: tuple[Package, ...]) -> tuple[Finding, ...]:
    """Match some packages of the sample."""
    return match(replace(INVENTORY, packages=packages), store, now=NOW, notices=False).findings


def test_promises_hold_with_real_advisories(store: Store) -> None:
    """Every upgrade is proved again here: what it says goes away is away, the rest stays."""
    before, _, _ = judge(found(store, PACKAGES), {p.ref: p for p in PACKAGES}, Policy(), NOW)
    plan = upgrades(INVENTORY, before, lambda packages: found(store, packages), top=10)
    assert {"openssl", "apk-tools", "musl", "Jinja2"} <= {upgrade.package for upgrade in plan}
    for upgrade in plan:
        group = tuple(p for p in PACKAGES if upgrade.package in {p.source, p.name})
        changed = tuple(replace(p, version=upgrade.version) for p in group)
        refs = {package.ref for package in group}
        old = {(f.package, f.id) for f in before if f.package in refs and f.status is Status.OPEN}
        new = {(f.package, f.id) for f in found(store, changed) if f.package in refs}
        assert upgrade.removes == len(old - new) > 0
        assert upgrade.remains == len(new)


def test_openssl_of_alpine_3_10(store: Store) -> None:
    """A fact to check by hand: 1.1.1k-r0 is the last fix Alpine 3.10 got, for both libraries."""
    (best, *_) = upgrades(
        INVENTORY, found(store, PACKAGES[2:4]), lambda packages: found(store, packages)
    )
    assert (best.package, best.current, best.version) == ("openssl", "1.1.1d-r2", "1.1.1k-r0")
    assert best.remains == 0
    assert best.command == "apk add --upgrade libcrypto1.1 libssl1.1"
