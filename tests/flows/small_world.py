"""A small image in every local form, and a small mirror whose advisories hit it."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from advisories.mirrors import Json, below, record, write_mirror
from advisories.mirrors import run as update
from images import layer_tar, tar_of, write_docker_archive, write_oci_dir
from programs import archive, pom

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
LOW = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"

LAYERS = (
    layer_tar(
        {
            "app/demo-1.0.dist-info/METADATA": b"Name: demo\nVersion: 1.0\n",
            "app/other-3.0.dist-info/METADATA": b"Name: other\nVersion: 3.0\n",
        }
    ),
    layer_tar({"srv/node_modules/left/package.json": b'{"name": "left", "version": "1.2.3"}'}),
)

FOUND = ["CVE-2020-0001", "CVE-2020-0002", "GHSA-left", "PYSEC-3"]
"""Findings of that image with those advisories: critical, unknown, unknown, low without a fix."""


def scored(vector: str) -> list[Json]:
    """Return the severity of an OSV record."""
    return [{"type": "CVSS_V3", "score": vector}]


def python_records() -> list[Json]:
    """Return the advisories about the Python packages."""
    return [
        record(
            "PYSEC-1",
            "PyPI",
            "demo",
            *below("2.0"),
            aliases=["CVE-2020-0001"],
            summary="demo eats memory",
            severity=scored(CRITICAL),
        ),
        record("PYSEC-2", "PyPI", "demo", *below("1.5"), aliases=["CVE-2020-0002"]),
        record(
            "PYSEC-3",
            "PyPI",
            "other",
            {"introduced": "0"},
            summary="no fix yet",
            severity=scored(LOW),
        ),
    ]


def node_records() -> list[Json]:
    """Return the advisory about the npm package."""
    return [record("GHSA-left", "npm", "left", *below("1.3.0"), summary="left goes right")]


def java_records() -> list[Json]:
    """Return the advisory about the Java archive."""
    return [record("GHSA-tool", "Maven", "org.demo:tool", *below("2.0"))]


def mirror(root: Path) -> Path:
    """Write a mirror with all of them."""
    parts = {"PyPI": python_records(), "npm": node_records(), "Maven": java_records()}
    return write_mirror(root, parts)


def stock(cache: Path, source: Path, *, now: datetime | None = None) -> Path:
    """Update the store of a cache directory from a mirror; return the cache directory."""
    update(cache / "advisories", source, now=now or datetime.now(UTC))
    return cache


def local_forms(root: Path, layers: Sequence[bytes] = LAYERS) -> dict[str, str]:
    """Write the image in every form that needs no other program; return targets by scheme."""
    write_docker_archive(root / "docker.tar", layers)
    write_oci_dir(root / "layout", layers)
    (root / "oci.tar").write_bytes(tar_of(root / "layout"))
    whole = layer_tar(
        {
            "app/demo-1.0.dist-info/METADATA": b"Name: demo\nVersion: 1.0\n",
            "app/other-3.0.dist-info/METADATA": b"Name: other\nVersion: 3.0\n",
            "srv/node_modules/left/package.json": b'{"name": "left", "version": "1.2.3"}',
        }
    )
    (root / "rootfs.tar").write_bytes(whole)
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        tar.extractall(root / "rootfs", filter="data")
    components = [
        {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:{kind}/{name}@{version}",
        }
        for kind, name, version in (
            ("pypi", "demo", "1.0"),
            ("pypi", "other", "3.0"),
            ("npm", "left", "1.2.3"),
        )
    ]
    (root / "tool.jar").write_bytes(archive(pom("org.demo", "tool", "1.0")))
    listed = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}
    (root / "bom.cdx.json").write_text(json.dumps(listed))
    return {
        "docker-archive": f"docker-archive:{root}/docker.tar",
        "oci-archive": f"oci-archive:{root}/oci.tar",
        "oci-dir": f"oci-dir:{root}/layout",
        "dir": f"dir:{root}/rootfs",
        "dir of a tar": f"dir:{root}/rootfs.tar",
        "sbom": f"sbom:{root}/bom.cdx.json",
    }


def ids(report: Json) -> list[str]:
    """Return the sorted ids of all findings of a parsed JSON report."""
    return sorted(f["id"] for s in report["subjects"] for f in s["findings"])
