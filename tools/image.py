"""Builds the container image of Dunnage with Buildah, and writes its SBOMs beside it.

::

    python tools/image.py build/image
    python tools/image.py build/image --twice --runtime gcr.io/distroless/python3-debian13@sha256:...

Makes in the directory: ``dunnage-VERSION.tar`` (an OCI archive), ``dunnage-VERSION.cdx.json``,
``dunnage-VERSION.spdx.json`` and ``dunnage-VERSION.digest`` (the digest of the manifest). All times
are ``SOURCE_DATE_EPOCH``, or the time of the last commit; the same sources on the same bases give
the same bytes. ``--twice`` builds again without the builder's cache and fails if they differ.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

from dunnage import __version__

ROOT = Path(__file__).resolve().parent.parent
SBOMS = {"cyclonedx-json": "cdx.json", "spdx-json": "spdx.json"}


class Built(NamedTuple):
    """An image in an archive.

    Attributes:
        archive: The OCI archive.
        digest: Digest of its manifest.
        layers: Bytes of all layers as they are stored.
    """

    archive: Path
    digest: str
    layers: int


def main(words: list[str]) -> int:
    """Build as the command line says; return 0, 1 if two builds differ, or 3 if one failed."""
    parser = argparse.ArgumentParser(prog="image.py", description="Build the container image.")
    parser.add_argument("folder", type=Path, metavar="DIRECTORY", help="where the files go")
    parser.add_argument("--buildah", default="buildah", help="the command, with global options")
    parser.add_argument("--builder", default="", help="image of the first stage, with its digest")
    parser.add_argument("--runtime", default="", help="image it runs on, with its digest")
    parser.add_argument("--twice", action="store_true", help="build again and compare")
    chosen = parser.parse_args(words)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    target = chosen.folder / f"dunnage-{__version__}.tar"
    bases = {"BUILDER": chosen.builder, "RUNTIME": chosen.runtime}
    buildah = shlex.split(chosen.buildah)
    try:
        epoch = source_date()
        built = build(buildah, bases, epoch, target)
        if chosen.twice:
            again = build(buildah, bases, epoch, chosen.folder / "again.tar")
            again.archive.unlink()
            if again.digest != built.digest:
                print(f"two builds differ: {built.digest} and {again.digest}", file=sys.stderr)
                return 1
            print("two builds gave the same digest")
        list_packages(built, epoch)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the image was not built: {error}", file=sys.stderr)
        return 3
    target.with_suffix(".digest").write_text(f"{built.digest}\n", encoding="ascii")
    print(f"{built.digest}  {target}  {built.layers / 1e6:.1f} MB compressed")
    return 0


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def source_date() -> str:
    """Return the time of the sources in seconds since 1970.

    Raises:
        OSError: If it is not known: no variable, and no Git repository.
    """
    found = os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct")
    if not found.isdecimal():
        raise OSError("SOURCE_DATE_EPOCH is not set, and there is no commit to take a time from")
    return found


def revision() -> str:
    """Return the commit, or nothing where there is none or files differ from it."""
    return "" if _git("status", "--porcelain") else _git("rev-parse", "HEAD")


def build(buildah: list[str], bases: dict[str, str], epoch: str, target: Path) -> Built:
    """Build the image and save it.

    Args:
        buildah: The command, with its global options.
        bases: Build arguments that name base images; empty ones are left to the Dockerfile.
        epoch: Seconds since 1970 that stand for every time.
        target: Archive to write.
    """
    given = {"SOURCE_DATE_EPOCH": epoch, "VERSION": __version__, **bases}
    arguments = [word for key, value in given.items() if value for word in _pair(key, value)]
    commit = revision()
    label = f"org.opencontainers.image.revision={commit}"
    name = f"localhost/dunnage:{__version__}"
    options = [*arguments, *(["--label", label] if commit else [])]
    stamped = ["--no-cache", "--format", "oci", "--timestamp", epoch]
    subprocess.run([*buildah, "bud", "--quiet", *stamped, *options, "-t", name, ROOT], check=True)
    target.unlink(missing_ok=True)  # an archive would be added to
    destination = f"oci-archive:{target}:{__version__}"
    subprocess.run([*buildah, "push", "--quiet", name, destination], check=True)
    return read(target)


def _pair(key: str, value: str) -> tuple[str, str]:
    return "--build-arg", f"{key}={value}"


def read(archive: Path) -> Built:
    """Return what an OCI archive of one image says of itself."""

    def document(found: tarfile.TarFile, name: str) -> dict[str, list[dict[str, object]]]:
        body = found.extractfile(name)
        assert body is not None
        value: dict[str, list[dict[str, object]]] = json.load(body)
        return value

    with tarfile.open(archive) as found:
        digest = str(document(found, "index.json")["manifests"][0]["digest"])
        manifest = document(found, f"blobs/{digest.replace(':', '/')}")
    return Built(archive, digest, sum(int(str(layer["size"])) for layer in manifest["layers"]))


def list_packages(built: Built, epoch: str) -> None:
    """Write the SBOMs of an image beside it, with Dunnage itself."""
    outputs = [
        word
        for form, suffix in SBOMS.items()
        for word in ("-o", f"{form}={built.archive.with_suffix('.' + suffix)}")
    ]
    words = ["sbom", f"oci-archive:{built.archive}", "--offline", "--quiet", *outputs]
    environ = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    subprocess.run([sys.executable, "-m", "dunnage", *words], check=True, env=environ)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
