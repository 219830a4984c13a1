"""Builds an image of real packages with famous vulnerabilities, and scans it.

Run it with the Python that Dunnage is installed in; it needs nothing else but a package index::

    python examples/first_scan.py

It makes, below ``build/first-scan``: an OCI image layout (an empty base of its own, a layer of
Python wheels, a layer of npm packages, a layer that removes something again), a small mirror of
advisories, and a cache. Then it runs the two commands you would run on your own image.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = Path("build/first-scan")
SITE = "usr/local/lib/python3.11/site-packages"
NPM_BYTES = 20_000_000
CREATED = "2026-01-01T00:00:00Z"


def main() -> int:
    """Build everything and scan it; return the exit code of the scan."""
    pins = tomllib.loads((HERE / "packages.toml").read_text(encoding="utf-8"))
    for name in ("wheels", "npm", "mirror"):
        (WORK / name).mkdir(parents=True, exist_ok=True)
    wheels = fetch_wheels(pins["python"]["wheels"])
    tarballs = fetch_npm(pins["npm"]["tarballs"])
    write_image(wheels, tarballs)
    write_mirror()
    image, mirror = f"oci-dir:{WORK / 'image'}", str(WORK / "mirror")
    code = dunnage("db", "update", "--from", mirror)
    return code or dunnage("scan", image)


def dunnage(*words: str) -> int:
    """Run one command as a user would, with a cache of its own."""
    print(f"\n$ dunnage {' '.join(words)}", flush=True)
    environ = {**os.environ, "DUNNAGE_CACHE_DIR": str((WORK / "cache").absolute())}
    command = [sys.executable, "-m", "dunnage", *words]
    return subprocess.run(command, env=environ, check=False).returncode


def fetch_wheels(pins: list[dict[str, str]]) -> list[Path]:
    """Fetch wheels with pip, which checks the hashes."""
    wanted = WORK / "requirements.txt"
    lines = [f"{pin['name']}=={pin['version']} --hash=sha256:{pin['sha256']}" for pin in pins]
    wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    have = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (WORK / "wheels").glob("*")}
    if not {pin["sha256"] for pin in pins} <= have:
        print(f"fetching {len(pins)} Python packages ...", flush=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes", "-r", str(wanted)]
        done = subprocess.run([*command, "-d", str(WORK / "wheels")], check=False)
        if done.returncode:
            raise SystemExit("pip could not fetch the packages: is a package index reachable?")
    return sorted((WORK / "wheels").glob("*.whl"))


def fetch_npm(pins: list[dict[str, str]]) -> list[tuple[str, bytes]]:
    """Fetch npm packages straight from the registry and check their integrity."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
    found = []
    for pin in pins:
        name, version = pin["name"], pin["version"]
        stored = WORK / "npm" / f"{name}-{version}.tgz"
        if not stored.exists():
            print(f"fetching {name} {version} ...", flush=True)
            url = f"{registry}/{name}/-/{name}-{version}.tgz"
            try:
                with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - the user's registry
                    body = answer.read(NPM_BYTES)
            except (urllib.error.URLError, TimeoutError) as error:
                print(f"no npm registry ({error}): the image gets no npm packages", flush=True)
                return []
            stored.write_bytes(body)
        body = stored.read_bytes()
        digest = base64.b64encode(hashlib.sha512(body).digest()).decode()
        if f"sha512-{digest}" != pin["integrity"]:
            stored.unlink()
            raise SystemExit(f"{name} {version} from {registry} is not what was pinned")
        found.append((name, body))
    return found


def write_image(wheels: list[Path], tarballs: list[tuple[str, bytes]]) -> None:
    """Write an OCI image layout (image-spec 1.1) of four layers."""
    layers = [
        ("COPY base / # users, groups and an empty /tmp", base_layer()),
        ("RUN pip install -r requirements.txt", python_layer(wheels)),
        ("RUN npm ci --omit=dev", npm_layer(tarballs)),
        ("RUN rm -r /usr/local/lib/python3.11/site-packages/wheel*", removal_layer()),
    ]
    blobs = WORK / "image" / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def blob(content: bytes, media_type: str) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    config = {
        "created": CREATED,
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["python3", "/app/main.py"], "WorkingDir": "/app"},
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}" for _, tar in layers],
        },
        "history": [{"created": CREATED, "created_by": line} for line, _ in layers],
    }
    vendor = "application/vnd.oci.image"
    packed = [gzip.compress(tar, compresslevel=6, mtime=0) for _, tar in layers]
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{vendor}.manifest.v1+json",
        "config": blob(json.dumps(config).encode(), f"{vendor}.config.v1+json"),
        "layers": [blob(content, f"{vendor}.layer.v1.tar+gzip") for content in packed],
    }
    entry = blob(json.dumps(manifest).encode(), f"{vendor}.manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": "first-scan:latest"}
    index = {"schemaVersion": 2, "manifests": [entry]}
    (WORK / "image" / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (WORK / "image" / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}', encoding="utf-8")


def layer(entries: dict[str, bytes]) -> bytes:
    """Return a tar of files; names that end with a slash are directories."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in entries.items():
            member = tarfile.TarInfo(name.rstrip("/"))
            member.mtime = 1_767_225_600
            if name.endswith("/"):
                member.type, member.mode = tarfile.DIRTYPE, 0o755
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def base_layer() -> bytes:
    """Return a base that holds no packages: users, groups and the usual directories."""
    return layer(
        {
            "etc/": b"",
            "etc/passwd": b"root:x:0:0:root:/root:/sbin/nologin\napp:x:65532:65532::/app:\n",
            "etc/group": b"root:x:0:\napp:x:65532:\n",
            "tmp/": b"",
            "app/": b"",
            "app/main.py": b"print('hello')\n",
        }
    )


def python_layer(wheels: list[Path]) -> bytes:
    """Return wheels unpacked as an installer would (PEP 427), without running anything."""
    entries: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                if not member.is_dir() and ".." not in member.filename:
                    entries[f"{SITE}/{member.filename}"] = archive.read(member)
    return layer(entries)


def npm_layer(tarballs: list[tuple[str, bytes]]) -> bytes:
    """Return npm packages unpacked below ``app/node_modules``."""
    entries: dict[str, bytes] = {}
    for name, body in tarballs:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                inner = member.name.partition("/")[2]
                if content is not None and inner and ".." not in inner:
                    entries[f"app/node_modules/{name}/{inner}"] = content.read()
    return layer(entries)


def removal_layer() -> bytes:
    """Return whiteouts: the package is gone, and yet its bytes are still in the image."""
    return layer({f"{SITE}/.wh.wheel": b"", f"{SITE}/.wh.wheel-0.37.1.dist-info": b""})


def write_mirror() -> None:
    """Write the advisories in the layout of OSV's bulk export."""
    records = json.loads((HERE / "advisories.json").read_text(encoding="utf-8"))
    by_ecosystem: dict[str, list[dict[str, object]]] = {}
    for record in records:
        ecosystem = record["affected"][0]["package"]["ecosystem"]
        by_ecosystem.setdefault(ecosystem, []).append(record)
    root = WORK / "mirror" / "osv"
    for ecosystem, members in by_ecosystem.items():
        folder = root / ecosystem
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for record in members:
                archive.writestr(f"{record['id']}.json", json.dumps(record))
        lines = [f"{record['modified']},{record['id']}" for record in members]
        (folder / "modified_id.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (root / "ecosystems.txt").write_text("\n".join(by_ecosystem) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
