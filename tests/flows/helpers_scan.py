"""Runs the scan flow the way the command line does."""

from __future__ import annotations

import json
import tarfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dunnage.flows._examine import Request
from dunnage.flows.scan import ScanRequest, scan
from dunnage.model.policy import Policy
from dunnage.model.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

    from dunnage.model.report import Report, Subject


def scanned(
    target: str,
    cache: Path,
    *,
    distro: str = "",
    policy: Policy | None = None,
    platform: str = "",
) -> Report:
    """Scan one target; only an image in a registry may open a connection."""
    offline = not target.startswith("registry:")
    request = ScanRequest(
        reading=Request(cache_root=cache, offline=offline, distro=distro, platform=platform),
        policy=policy or Policy(),
        fetch=False,
    )
    return scan([target], request, now=datetime.now(UTC), progress=Silent())


def docker_layers(path: Path) -> list[bytes]:
    """Return the uncompressed layers of a docker archive, read with the standard library."""
    with tarfile.open(path) as archive:
        listed = archive.extractfile("manifest.json")
        assert listed is not None
        names = json.load(listed)[0]["Layers"]
        found = [archive.extractfile(name) for name in names]
        return [stream.read() for stream in found if stream is not None]


def package_keys(subject: Subject) -> list[tuple[str, ...]]:
    """Return what identifies the packages of a subject, wherever it came from."""
    return sorted(
        (str(p.purl), p.source, p.source_version, p.locations[0].path if p.locations else "")
        for p in subject.inventory.packages
    )


def finding_keys(subject: Subject) -> list[tuple[str, ...]]:
    """Return what identifies the findings of a subject, wherever it came from."""
    return sorted((f.kind.value, f.id, f.package, f.fix.version) for f in subject.findings)
