"""Makes a large store and an inventory to match against it, for benchmarks and tests.

Run it to measure: ``python tests/advisories/big_store.py DIRECTORY [ROWS]``.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from dunnage.advisories._feed import Part, Told
from dunnage.advisories._probe import probe
from dunnage.advisories._wire import FIXED, Detail, Row
from dunnage.advisories._writer import Writer
from dunnage.advisories.match import Matched, match
from dunnage.advisories.store import open_store, store_path
from dunnage.model.inventory import Inventory
from dunnage.model.package import Package
from dunnage.model.system import OperatingSystem
from dunnage.versions._registry import ordering_for_ecosystem

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RELEASE = "Debian:12"
POOL = 3_000
ROWS_PER_ADVISORY = 3
# Installed versions are drawn from the newest part of the pool, since most of what is installed
# is younger than most fixes: about one row in thirty covers one.
YOUNG = 0.97
SHARES = ((RELEASE, "deb", 0.5), ("npm", "npm", 0.3), ("PyPI", "pypi", 0.2))


def _versions(ecosystem: str, random: Random) -> list[tuple[bytes, str]]:
    """Return a pool of versions in rising order, with their keys."""
    ordering = ordering_for_ecosystem(ecosystem)
    assert ordering is not None
    texts = {
        f"{random.randrange(12)}.{random.randrange(40)}.{random.randrange(30)}" for _ in range(POOL)
    }
    if ecosystem == RELEASE:
        texts = {
            f"{text}-{random.randrange(1, 9)}+deb12u{random.randrange(9)}" for text in sorted(texts)
        }
    return sorted((ordering.key(text), text) for text in texts)


def _name(ecosystem: str, index: int) -> str:
    return f"{ecosystem.partition(':')[0].lower()}-package-{index}"


def build(root: Path, *, rows: int = 500_000, names: int = 44_000, seed: int = 7) -> Path:
    """Write a store with so many spans over so many package names; return its path."""
    random = Random(seed)  # noqa: S311 - made-up data
    root.mkdir(parents=True, exist_ok=True)
    path = store_path(root)
    writer = Writer(path, fresh=True)
    for ecosystem, _, share in SHARES:
        base = ecosystem.partition(":")[0]
        sink = writer.part(Part("osv", base, f"{base}/all.zip"), NOW.isoformat())
        pool = _versions(ecosystem, random)
        count = max(1, round(names * share))
        for number in range(round(rows * share / ROWS_PER_ADVISORY)):
            told = []
            for _ in range(ROWS_PER_ADVISORY):
                key, text = random.choice(pool)
                spans = [(b"", key, FIXED, "0", text)]
                told.append(
                    Told(ecosystem, _name(ecosystem, random.randrange(count)), Row(0), spans)
                )
            cve = f"CVE-{2010 + number % 16}-{10_000 + number}"
            detail = Detail(
                id=f"X-{base}-{number}",
                aliases=[cve],
                cves=[cve],
                summary=f"A flaw in number {number} allows something that should not be allowed",
                published="2026-01-02T03:04:05Z",
                modified="2026-02-03T04:05:06Z",
                severity=[("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "")],
                urls=[f"https://example.org/advisories/{base}/{number}"],
            )
            sink.advisory(detail, told)
        facts = dict.fromkeys(("mirror", "location", "validator", "digest"), "made up")
        sink.finish({**facts, "checked": NOW.isoformat(), "keys": probe(base)}, matched=True)
    writer.finish({"built": NOW.isoformat()})
    return path


def inventory(*, count: int = 10_000, names: int = 44_000, seed: int = 11) -> Inventory:
    """Return an inventory of so many packages whose names ``build`` used."""
    random = Random(seed)  # noqa: S311 - made-up data
    packages: list[Package] = []
    for ecosystem, purl_type, share in SHARES:
        pool = _versions(ecosystem, random)
        young = pool[round(len(pool) * YOUNG) :]
        total = max(1, round(names * share))
        for index in range(round(count * share)):
            name = _name(ecosystem, random.randrange(total))
            _, version = random.choice(young)
            packages.append(Package(purl_type, name, version, ref=f"{purl_type}-{index}"))
    system = OperatingSystem(id="debian", version="12", ecosystem=RELEASE)
    return Inventory(system=system, packages=tuple(packages))


def measure(root: Path, held: Inventory) -> tuple[Matched, float]:
    """Match an inventory against an opened store; return the outcome and CPU seconds."""
    store = open_store(root)
    assert store is not None
    with store:
        start = time.process_time()
        matched = match(held, store, now=NOW)
        return matched, time.process_time() - start


def main() -> None:
    """Build a store and measure one match."""
    root = Path(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 500_000
    start = time.process_time()
    if not store_path(root).exists():
        build(root, rows=rows)
    print(
        f"build: {time.process_time() - start:.2f} s CPU, {store_path(root).stat().st_size} bytes"
    )
    held = inventory()
    for _ in range(3):
        matched, seconds = measure(root, held)
        print(
            f"match: {seconds:.3f} s CPU, {len(held.packages)} packages, "
            f"{len(matched.findings)} findings"
        )


if __name__ == "__main__":
    main()
