"""Makes published stores, and forges them so that all digests are right again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from advisories.mirrors import NOW, Json, below, record, run, write_mirror
from dunnage.advisories._index import Descriptor, digest_of, write_layout
from dunnage.advisories.publish import Published, publish
from dunnage.io._decoders import zstd_library
from dunnage.model.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from dunnage.advisories.update import Updated


def records(count: int = 30) -> dict[str, list[Json]]:
    """Return advisories of three ecosystems."""
    return {
        "PyPI": [
            record(f"P-{n}", "PyPI", f"py{n}", *below("2"), aliases=[f"CVE-2024-{1000 + n}"])
            for n in range(count)
        ],
        "Debian": [
            record(f"DSA-{n}", f"Debian:{11 + n % 2}", f"deb{n}", *below("2"), summary="d" * n)
            for n in range(count)
        ],
        "Hackage": [record("H-1", "Hackage", "h", *below("2"))],
    }


def mirror_of(root: Path, parts: Mapping[str, list[Json]] | None = None) -> Path:
    """Write a mirror of the publishers' files, with all four feeds."""
    write_mirror(root, parts if parts is not None else records())
    kev = {"cveID": "CVE-2024-1001", "dateAdded": "2024-01-01"}
    catalogue = {"dateReleased": "2024-02-02T00:00:00Z", "vulnerabilities": [kev]}
    (root / "kev").mkdir(exist_ok=True)
    (root / "kev/known_exploited_vulnerabilities.json").write_text(json.dumps(catalogue))
    (root / "epss").mkdir(exist_ok=True)
    (root / "epss/epss_scores-current.csv").write_text(
        "#model_version:v1,score_date:2026-01-01T00:00:00+0000\ncve,epss,percentile\n"
        "CVE-2023-0001,0.1,0.2\nCVE-2024-1001,0.9,0.99\n"
    )
    return root


def built(
    root: Path, parts: Mapping[str, list[Json]] | None = None, *, now: datetime = NOW
) -> Published:
    """Publish a store to ``root/out``, made from a mirror in ``root/mirror``."""
    run(root / "server", mirror_of(root / "mirror", parts), now=now)
    return publish(root / "server", root / "out", now=now, progress=Silent())


def index_of(out: Path) -> dict[str, Any]:
    """Return the index of a published store."""
    layout = json.loads((out / "index.json").read_bytes())
    manifest = json.loads(_blob(out, layout["manifests"][0]["digest"]).read_bytes())
    found: dict[str, Any] = json.loads(_blob(out, manifest["config"]["digest"]).read_bytes())
    return found


def part_of(index: Json, name: str) -> dict[str, Any]:
    """Return one part of an index."""
    found: dict[str, Any] = next(part for part in index["parts"] if part["name"] == name)
    return found


def plain(out: Path, name: str) -> bytes:
    """Return the uncompressed file of a part."""
    content: bytes = zstd_library().decompress(
        _blob(out, part_of(index_of(out), name)["digest"]).read_bytes()
    )
    return content


def replaced(out: Path, name: str, content: bytes, *, packed: bytes | None = None) -> None:
    """Put other content in the place of a part's file; every digest and size is right again."""
    data = zstd_library().compress(content) if packed is None else packed

    def change(index: Json) -> None:
        part = part_of(index, name)
        part["digest"], part["size"], part["content"] = put(out, data), len(data), len(content)

    forged(out, change)


def forged(out: Path, change: Callable[[Json], object]) -> str:
    """Change the index; return the digest of the manifest, which is right again."""
    index = index_of(out)
    change(index)
    return indexed(out, json.dumps(index).encode())


def indexed(out: Path, config: bytes) -> str:
    """Put any bytes in the place of the index; return the digest of the manifest."""
    layout = json.loads((out / "index.json").read_bytes())
    manifest = json.loads(_blob(out, layout["manifests"][0]["digest"]).read_bytes())
    manifest["config"]["digest"], manifest["config"]["size"] = put(out, config), len(config)
    return pointed(out, json.dumps(manifest).encode())


def pointed(out: Path, manifest: bytes) -> str:
    """Put any bytes in the place of the manifest; return their digest."""
    digest = put(out, manifest)
    (out / "index.json").write_bytes(write_layout(Descriptor(digest, len(manifest)), "latest"))
    return digest


def put(out: Path, data: bytes) -> str:
    """Write a blob and return its digest."""
    digest = digest_of(data)
    _blob(out, digest).write_bytes(data)
    return digest


def _blob(out: Path, digest: str) -> Path:
    return out / "blobs" / digest.replace(":", "/")


def taken(updated: Updated) -> dict[str, bool]:
    """Return the names of the parts, and whether they were read anew."""
    return {part.name: not part.unchanged for part in updated.parts}
