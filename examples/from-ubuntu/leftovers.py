"""Writes two small images with what the Dockerfiles here leave behind, for want of a builder.

Run it in this directory; it needs nothing but Python::

    python leftovers.py

It makes ``build/go`` and ``build/python``, two OCI image layouts. Their files are stand-ins: a
program is only the first bytes of one. Names, modes, layers and history are those that count.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

CREATED = "2026-12-01T00:00:00Z"
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(57)
KEY = b"-----BEGIN OPENSSH " + b"PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n"
LISTS = "var/lib/apt/lists/archive.ubuntu.com_ubuntu_dists_jammy_main_binary-amd64_Packages"
UBUNTU = b'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nNAME="Ubuntu"\nID=ubuntu\nVERSION_ID="22.04"\n'
DEBIAN = b'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n'

Files = dict[str, bytes]
"""Content by path; what ends with ``!`` is setuid."""


def main() -> None:
    """Write both images."""
    shell = {"usr/bin/dash": PROGRAM, "usr/bin/apt-get": PROGRAM, "usr/bin/su!": PROGRAM}
    ubuntu = {"etc/os-release": UBUNTU, "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n", **shell}
    tools = {f"usr/bin/{name}": PROGRAM for name in ("as", "g++", "gcc", "git", "ld", "make")}
    write(
        Path("build/go"),
        {"Env": ["ADMIN_PASSWORD=tr0ub4dor-and-3"], "Cmd": ["/bin/sh", "-c", "/usr/bin/hello"]},
        [
            ("/bin/sh -c #(nop) ADD file:0 in / ", ubuntu),
            ("ENV ADMIN_PASSWORD=tr0ub4dor-and-3", None),
            ("RUN /bin/sh -c apt-get update # buildkit", {LISTS: b"Package: x\n" * 400_000}),
            ("RUN /bin/sh -c apt-get install -y build-essential git curl golang # buildkit", tools),
            ("ADD . /src # buildkit", {"src/main.go": b"package main\n", "src/id_ed25519": KEY}),
            (
                "RUN /bin/sh -c cd /src && go build -o /usr/bin/hello . # buildkit",
                {"usr/bin/hello": PROGRAM},
            ),
            (
                "RUN /bin/sh -c rm -rf /src/id_ed25519 /var/lib/apt/lists/* # buildkit",
                {gone("src/id_ed25519"): b"", gone(LISTS): b""},
            ),
        ],
    )
    python = {"usr/local/bin/python3.13": PROGRAM, "usr/bin/gcc": PROGRAM}
    write(
        Path("build/python"),
        {"Cmd": ["python", "app.py"], "WorkingDir": "/app"},
        [
            ("/bin/sh -c #(nop) ADD file:0 in / ", {"etc/os-release": DEBIAN, **shell}),
            ("RUN /bin/sh -c make install # buildkit", python),
            ("COPY requirements.txt . # buildkit", {"app/requirements.txt": b"bottle==0.13.4\n"}),
            (
                "RUN /bin/sh -c pip install --no-cache-dir -r requirements.txt # buildkit",
                {"usr/local/lib/python3.13/site-packages/bottle.py": b""},
            ),
            ("COPY . . # buildkit", {"app/app.py": b"print('hello')\n"}),
        ],
    )


def gone(path: str) -> str:
    """Return the whiteout that removes a file in a later layer."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/.wh.{name}"


def layer(files: Files) -> bytes:
    """Return the tar of a layer."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name.removesuffix("!"))
            member.size = len(content)
            member.mode = 0o4755 if name.endswith("!") else 0o755 if content == PROGRAM else 0o644
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def write(path: Path, settings: dict[str, object], steps: list[tuple[str, Files | None]]) -> None:
    """Write an image layout (image-spec 1.1).

    Args:
        path: Where.
        settings: How a container is run.
        steps: The lines of the history, each with the files of its layer if it made one.
    """
    blobs = path / "blobs/sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def blob(content: bytes, kind: str) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        media_type = f"application/vnd.oci.image.{kind}"
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    tars = [layer(files) for _, files in steps if files is not None]
    config = {
        "created": CREATED,
        "architecture": "amd64",
        "os": "linux",
        "config": settings,
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}" for tar in tars],
        },
        "history": [
            {"created": CREATED, "created_by": line, "empty_layer": files is None}
            for line, files in steps
        ],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(json.dumps(config).encode(), "config.v1+json"),
        "layers": [blob(gzip.compress(tar, mtime=0), "layer.v1.tar+gzip") for tar in tars],
    }
    entry = blob(json.dumps(manifest).encode(), "manifest.v1+json")
    index = {"schemaVersion": 2, "manifests": [entry]}
    (path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}', encoding="utf-8")


if __name__ == "__main__":
    main()
