"""All platforms of an index that ``skopeo copy --all`` put into a real ``docker-registry``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from images import OCI_CONFIG, OCI_MANIFEST, layer_tar, put_blob, write_index
from processes import run
from registry import command, registry

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.judge

BASE = layer_tar({"app/first-1.0.dist-info/METADATA": b"Name: first\nVersion: 1.0\n"})


def own(version: str) -> bytes:
    """Return a layer that only one platform has."""
    body = json.dumps({"name": "left", "version": version}).encode()
    return layer_tar({"srv/node_modules/left/package.json": body})


def attestation(layout: Path) -> dict[str, Any]:
    """Write a provenance as BuildKit does and return its entry."""
    statement = put_blob(layout, b"{}", "application/vnd.in-toto+json")
    config = {"architecture": "unknown", "os": "unknown", "rootfs": {"diff_ids": []}}
    value = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": put_blob(layout, json.dumps(config).encode(), OCI_CONFIG),
        "layers": [statement],
    }
    return put_blob(layout, json.dumps(value).encode(), OCI_MANIFEST) | {
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    }


def test_all_platforms_of_a_pushed_index(tmp_path: Path) -> None:
    """Each is examined as alone, and the registry is asked once for what they share."""
    layout = tmp_path / "image"
    contents = {
        "linux/amd64": [BASE, own("1.0.0")],
        "linux/arm64": [BASE, own("2.0.0")],
        "linux/arm/v7": [BASE, own("1.0.0")],
    }
    made = write_index(layout, contents, tag="all", extra=[attestation(layout)])
    with registry(tmp_path) as host:
        copy = ["skopeo", "copy", "-q", "--all", "--dest-tls-verify=false"]
        command(*copy, f"oci:{layout}:all", f"docker://{host}/multi:1")
        before = (tmp_path / "log").read_text()
        asked = ("-o", "json", "--skip-db-update", "--cache-dir")
        done = run("scan", f"{host}/multi:1", "--all-platforms", *asked, tmp_path / "cache")
        report = json.loads(done.stdout)
        asking = (tmp_path / "log").read_text()[len(before) :]
        alone = [
            json.loads(
                run(
                    "scan", f"{host}/multi:1", "--platform", name, *asked, tmp_path / "other"
                ).stdout
            )["subjects"][0]
            for name in contents
        ]
    subjects = report["subjects"]
    assert [s["name"] for s in subjects] == [f"{host}/multi:1 ({name})" for name in contents]
    assert [s["image"]["digest"] for s in subjects] == [made[name] for name in contents]
    for found, other in zip(subjects, alone, strict=True):
        assert (found["packages"], found["image"]) == (other["packages"], other["image"])
    examined = [(s["examined"]["layers"], s["examined"]["layers_cached"]) for s in subjects]
    assert examined == [(2, 0), (2, 1), (2, 2)]
    layers = {layer["digest"] for s in subjects for layer in s["image"]["layers"]}
    fetched = re.findall(r'"GET /v2/multi/blobs/(sha256:[0-9a-f]{64}) HTTP', asking)
    assert sorted(digest for digest in fetched if digest in layers) == sorted(layers)
    (found,) = report["differences"]
    assert [(p["version"], p["platforms"]) for p in found["packages"]] == [
        ("1.0.0", ["linux/amd64", "linux/arm/v7"]),
        ("2.0.0", ["linux/arm64"]),
    ]
