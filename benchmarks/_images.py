"""Makes the images the scan benchmark reads: a real Debian, an Alpine, and one of big archives."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

INCLUDE = "python3,build-essential,git,nodejs,npm"
GROUPS = ("usr/lib/", "usr/share/", "usr/bin/", "usr/include/", "var/", "")
VENDOR = "application/vnd.oci.image"
CHUNK = 1 << 20
GO_MAIN = """package main

import _ "embed"

//go:embed blob
var blob string

func main() { println(len(blob)) }
"""


def debian_rootfs(work: Path) -> Path:
    """Return a tar of Debian with compilers, Python and Node, made once by mmdebstrap."""
    path = work / "debian.tar"
    if not path.exists():
        if shutil.which("mmdebstrap") is None:
            raise SystemExit("mmdebstrap is needed to make the Debian image: apt-get install it")
        part = work / "debian.part.tar"
        command = ["mmdebstrap", "--variant=minbase", f"--include={INCLUDE}", "bookworm", str(part)]
        subprocess.run(command, check=True)
        part.rename(path)
    return path


def split(rootfs: Path, work: Path) -> list[Path]:
    """Return six layers of the same files, split by directory."""
    paths = [work / f"six-{number}.tar" for number in range(len(GROUPS))]
    if all(path.exists() for path in paths):
        return paths
    with contextlib.ExitStack() as stack:
        opened = [tarfile.open(p, "w", format=tarfile.GNU_FORMAT) for p in paths]  # noqa: SIM115 - the stack closes them
        outs = [stack.enter_context(out) for out in opened]
        tar = stack.enter_context(tarfile.open(rootfs))
        for member in tar:
            name = member.name.removeprefix("./") + "/"
            where = next(i for i, prefix in enumerate(GROUPS) if name.startswith(prefix))
            outs[where].addfile(member, tar.extractfile(member) if member.isreg() else None)
    return paths


def compressed(tar: Path, how: str) -> Path:
    """Return the tar compressed as ``gzip``, ``zstd`` or ``raw``, made once."""
    if how == "raw":
        return tar
    path = tar.with_suffix(f".tar.{how}")
    if path.exists():
        return path
    part = path.with_suffix(".part")
    with tar.open("rb") as source, part.open("wb") as sink:
        if how == "gzip":
            with gzip.GzipFile("", "wb", 6, sink, mtime=0) as out:
                shutil.copyfileobj(source, out, CHUNK)
        else:
            from backports import zstd

            with zstd.ZstdFile(sink, "wb", level=3) as packed:
                shutil.copyfileobj(source, packed, CHUNK)
    part.rename(path)
    return path


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file as OCI writes it."""
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()


def _config(tars: list[Path]) -> bytes:
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in tars]},
        "history": [{"created_by": f"layer {number}"} for number in range(len(tars))],
    }
    return json.dumps(config).encode()


def oci_layout(tars: list[Path], how: str, folder: Path) -> Path:
    """Return an OCI layout of the given layers, made once."""
    if (folder / "index.json").exists():
        return folder
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def put(content: bytes, kind: str) -> dict[str, object]:
        name = hashlib.sha256(content).hexdigest()
        (blobs / name).write_bytes(content)
        return {"mediaType": kind, "digest": f"sha256:{name}", "size": len(content)}

    suffix = {"gzip": "+gzip", "zstd": "+zstd", "raw": ""}[how]
    layers: list[dict[str, object]] = []
    for tar in tars:
        stored = compressed(tar, how)
        name = digest_of(stored)
        target = blobs / name.partition(":")[2]
        if not target.exists():
            os.link(stored, target)
        kind = f"{VENDOR}.layer.v1.tar{suffix}"
        layers.append({"mediaType": kind, "digest": name, "size": stored.stat().st_size})
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{VENDOR}.manifest.v1+json",
        "config": put(_config(tars), f"{VENDOR}.config.v1+json"),
        "layers": layers,
    }
    entry = put(json.dumps(manifest).encode(), f"{VENDOR}.manifest.v1+json")
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return folder


def docker_archive(tars: list[Path], path: Path) -> Path:
    """Return a docker archive of uncompressed layers, made once."""
    if path.exists():
        return path
    config = _config(tars)
    name = hashlib.sha256(config).hexdigest() + ".json"
    entry = {"Config": name, "RepoTags": ["bench:latest"], "Layers": [t.name for t in tars]}
    part = path.with_suffix(".part")
    with tarfile.open(part, "w") as out:
        for tar in tars:
            out.add(tar, tar.name)
        for member, content in ((name, config), ("manifest.json", json.dumps([entry]).encode())):
            info = tarfile.TarInfo(member)
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    part.rename(path)
    return path


def big_archives(work: Path, data: Path | None) -> Path:
    """Return a layer with a 200 MB nested jar, a 100 MB Go binary and an rpm database."""
    path = work / "big.tar"
    if path.exists():
        return path
    folder = work / "big"
    (folder / "opt").mkdir(parents=True, exist_ok=True)
    _nested_jar(folder / "opt" / "shop.war", work)
    _go_binary(folder / "opt" / "server", work / "go")
    part = work / "big.part.tar"
    with tarfile.open(part, "w") as out:
        out.add(folder / "opt", "opt")
        database = data and data / "images/rpm/cbl-mariner-2.0-rpmdb-sqlite.tar.gz"
        if database and database.exists():
            with tarfile.open(database) as source:
                for member in source:
                    out.addfile(member, source.extractfile(member) if member.isreg() else None)
    part.rename(path)
    return path


def _nested_jar(path: Path, work: Path) -> None:
    inner = work / "inner.jar"
    for number in range(4):
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as jar:
            name = f"part{number}"
            maven = f"META-INF/maven/org.example/{name}/pom.properties"
            jar.writestr(maven, f"groupId=org.example\nartifactId={name}\nversion=1.{number}\n")
            for block in range(50):
                jar.writestr(f"data/{block}.bin", os.urandom(CHUNK))
        with zipfile.ZipFile(path, "w" if number == 0 else "a", zipfile.ZIP_STORED) as war:
            war.write(inner, f"WEB-INF/lib/part{number}.jar")
    inner.unlink()


def _go_binary(path: Path, folder: Path) -> None:
    if shutil.which("go") is None:
        raise SystemExit("the Go toolchain is needed to make the 100 MB Go binary")
    folder.mkdir(exist_ok=True)
    (folder / "go.mod").write_text("module example.org/server\n\ngo 1.21\n")
    (folder / "main.go").write_text(GO_MAIN)
    (folder / "blob").write_bytes(os.urandom(100 * CHUNK))
    environ = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    command = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(path.absolute()), "."]
    subprocess.run(command, cwd=folder, env=environ, check=True)
    (folder / "blob").unlink()
