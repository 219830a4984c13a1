"""One image in every form an image can have: the same packages and the same findings."""

from __future__ import annotations

import gzip
import json
import lzma
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from dunnage.model.errors import TargetError
from flows.helpers_scan import docker_layers, finding_keys, package_keys, scanned
from images import OCI_INDEX, Content, add_to_index, layer_tar, put_blob, write_oci_dir
from processes import run
from registry import command, copied, registry
from support import data_root, need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dunnage.model.report import Subject

pytestmark = pytest.mark.judge

IMAGES = ("alpine", "almalinux", "application")
LEAST = {"alpine": (14, 15), "almalinux": (20, 10), "application": (100, 120)}
"""Packages and findings without which a comparison would prove nothing."""

FORMS = (
    "registry-oci",
    "registry-v2s2",
    "registry-zstd",
    "registry-digest",
    "docker-archive",
    "docker-archive-gz",
    "oci-archive",
    "oci-dir-gzip",
    "oci-dir-zstd",
    "oci-dir-raw",
    "oci-dir-skopeo",
    "dir-umoci",
    "dir-tar",
    "sbom",
)


def alpine() -> list[bytes]:
    """Return the only layer of a published Alpine image."""
    return docker_layers(data_root() / "images/alpine/alpine-3.10-docker-archive.tar.gz")


def almalinux() -> list[bytes]:
    """Return a published AlmaLinux root file system."""
    path = data_root() / "images/rpm/almalinux-9.0-micro-20220901-aarch64-rootfs.tar.xz"
    return [lzma.decompress(path.read_bytes())]


def application() -> list[bytes]:
    """Return an Alpine base, an application on it, and layers that take things away again.

    Whole directories go by whiteout and by opaque directory, one package is replaced by another
    version, one comes back, and a whiteout names what was never there.
    """
    path = data_root() / "images/lang/python-npm-vulnerable-app.tar.gz"
    site = "usr/lib/python3.11/site-packages"
    away: dict[str, Content] = {
        "app/node_modules/.wh.accepts": b"",
        "app/node_modules/.wh.never-there": b"",
        "app/node_modules/cliui/.wh..wh..opq": b"",
        "app/node_modules/cliui/package.json": b'{"name": "cliui", "version": "9.9.9"}',
        f"{site}/.wh.requests-2.19.1.dist-info": b"",
    }
    again: dict[str, Content] = {
        f"{site}/requests-2.20.0.dist-info/METADATA": b"Name: requests\nVersion: 2.20.0\n",
        "app/node_modules/accepts/package.json": b'{"name": "accepts", "version": "1.0.0"}',
    }
    app = gzip.decompress(path.read_bytes())
    return [*alpine(), app, layer_tar(away), layer_tar(again)]


@dataclass(frozen=True)
class Forms:
    """One image in all its forms.

    Attributes:
        image: Which image.
        target: What to scan, by form.
        missing: Why a form could not be made here.
        reference: What scanning the layout with gzip found.
        cache: Cache directory with advisories.
    """

    image: str
    target: dict[str, str]
    missing: dict[str, str]
    reference: Subject
    cache: Path


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the host of a real registry."""
    with registry(tmp_path_factory.mktemp("registry")) as name:
        yield name


@pytest.fixture(scope="module", params=IMAGES)
def forms(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    host: str,
    stocked: Path,
) -> Forms:
    """Return one image in all its forms."""
    name: str = request.param
    folder = tmp_path_factory.mktemp(name)
    layers = {"alpine": alpine, "almalinux": almalinux, "application": application}[name]()
    platform = ("linux", "arm64") if name == "almalinux" else ("linux", "amd64")
    for how, ending in (("gzip", "gzip"), ("zstd", "zstd"), ("none", "raw")):
        layout = folder / f"oci-dir-{ending}"
        write_oci_dir(layout, layers, compression=how, platform=platform)
    target = {f"oci-dir-{e}": f"oci-dir:{folder}/oci-dir-{e}" for e in ("gzip", "zstd", "raw")}
    target |= pushed(folder, host, name) | saved(folder)
    missing = {}
    if shutil.which("umoci") is None:
        missing["dir-umoci"] = "not installed here: umoci"
    else:
        target["dir-umoci"] = unpacked(folder)
    if len(layers) > 1:
        missing["dir-tar"] = "tar knows no whiteouts"
    else:
        (folder / "one.tar").write_bytes(layers[0])
        target["dir-tar"] = f"dir:{folder / 'one.tar'}"
    target["sbom"] = listed(folder, stocked)
    reference = scanned(target["oci-dir-gzip"], stocked).subjects[0]
    return Forms(name, target, missing, reference, stocked)


def pushed(folder: Path, host: str, name: str) -> dict[str, str]:
    """Push the image to the registry in several ways; return the references."""
    gzipped, zstd = f"oci:{folder}/oci-dir-gzip:latest", f"oci:{folder}/oci-dir-zstd:latest"
    copied(gzipped, f"docker://{host}/{name}:oci", "-f", "oci")
    copied(gzipped, f"docker://{host}/{name}:v2s2", "-f", "v2s2")
    copied(zstd, f"docker://{host}/{name}:zstd", "-f", "oci")
    inspect = ("skopeo", "inspect", "--raw", "--tls-verify=false")
    types = {
        tag: json.loads(command(*inspect, f"docker://{host}/{name}:{tag}"))["mediaType"]
        for tag in ("oci", "v2s2")
    }
    assert "oci" in types["oci"]
    assert types["v2s2"] == "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.loads((folder / "oci-dir-gzip/index.json").read_bytes())["manifests"][0]
    references = {f"registry-{tag}": f"registry:{host}/{name}:{tag}" for tag in (*types, "zstd")}
    return references | {"registry-digest": f"registry:{host}/{name}@{manifest['digest']}"}


def saved(folder: Path) -> dict[str, str]:
    """Save the image as archives and once more as a layout; return the targets."""
    source = f"oci:{folder}/oci-dir-gzip:latest"
    docker = folder / "docker.tar"
    copied(source, f"docker-archive:{docker}:app/demo:1")
    (folder / "docker.tar.gz").write_bytes(gzip.compress(docker.read_bytes(), 1))
    copied(source, f"oci-archive:{folder}/oci.tar")
    copied(source, f"oci:{folder}/oci-dir-skopeo:x", "--dest-compress-format", "zstd")
    return {
        "docker-archive": f"docker-archive:{docker}",
        "docker-archive-gz": f"docker-archive:{docker}.gz",
        "oci-archive": f"oci-archive:{folder}/oci.tar",
        "oci-dir-skopeo": f"oci-dir:{folder}/oci-dir-skopeo",
    }


def unpacked(folder: Path) -> str:
    """Unpack the image as a container engine would, with ``umoci``."""
    image = f"{folder}/oci-dir-gzip:latest"
    command("umoci", "unpack", "--rootless", "--image", image, folder / "bundle")
    return f"dir:{folder}/bundle/rootfs"


def listed(folder: Path, cache: Path) -> str:
    """Make an SBOM of the image with our own command."""
    path = folder / "image.cdx.json"
    output = f"cyclonedx-json={path}"
    target = f"oci-dir:{folder}/oci-dir-gzip"
    done = run("sbom", target, "-o", output, "--offline", "--cache-dir", cache)
    assert done.returncode == 0, done.stderr
    return f"sbom:{path}"


def same(forms: Forms, form: str) -> None:
    """Compare what one form gives with the reference."""
    report = scanned(forms.target[form], forms.cache)
    subject = report.subjects[0]
    assert package_keys(forms.reference) == package_keys(subject)
    assert finding_keys(forms.reference) == finding_keys(subject)
    assert forms.reference.inventory.system == subject.inventory.system
    assert report.exit_code == 0


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_image_gives_the_same(forms: Forms, form: str) -> None:
    """Package URLs, sources, paths, distribution and findings do not depend on the form."""
    if form in forms.missing:
        pytest.skip(forms.missing[form])
    packages, findings = LEAST[forms.image]
    assert len(forms.reference.inventory.packages) >= packages
    assert len(forms.reference.findings) >= findings
    same(forms, form)


def test_the_image_with_whiteouts_is_what_it_should_be(stocked: Path, tmp_path: Path) -> None:
    """What later layers took away is gone, what they replaced is new, what came back is there."""
    write_oci_dir(tmp_path / "image", application())
    subject = scanned(f"oci-dir:{tmp_path / 'image'}", stocked).subjects[0]
    found = {(p.name, p.version) for p in subject.inventory.packages}
    assert {("accepts", "1.0.0"), ("cliui", "9.9.9"), ("requests", "2.20.0")} <= found
    assert ("requests", "2.19.1") not in found
    paths = [p.locations[0].path for p in subject.inventory.packages]
    assert not [p for p in paths if p.startswith("app/node_modules/cliui/node_modules")]
    removed = {(r.package.name, r.removed_in) for r in subject.inventory.removed}
    assert {("requests", 2), ("wordwrap", 2)} <= removed


def test_a_platform_is_chosen_from_an_index_in_a_registry(
    host: str, stocked: Path, tmp_path: Path
) -> None:
    """--platform takes that image of an index; one that is missing is told with those there are."""
    layout = tmp_path / "image"
    write_oci_dir(layout, alpine(), tag="", platform=("linux", "amd64"))
    write_oci_dir(layout, almalinux(), tag="", platform=("linux", "arm64", "v8"))
    inner = (layout / "index.json").read_bytes()
    (layout / "index.json").unlink()
    tagged = {"annotations": {"org.opencontainers.image.ref.name": "all"}}
    add_to_index(layout, put_blob(layout, inner, OCI_INDEX) | tagged)
    copied(f"oci:{layout}:all", f"docker://{host}/multi:1", "--all")
    name = f"registry:{host}/multi:1"
    for platform, system in (("linux/amd64", "alpine"), ("arm64", "almalinux")):
        found = scanned(name, stocked, platform=platform).subjects[0].inventory.system
        assert found is not None
        assert found.id == system
    with pytest.raises(TargetError, match="no image for linux/s390x") as caught:
        scanned(name, stocked, platform="linux/s390x")
    assert "linux/amd64, linux/arm64/v8" in caught.value.advice
    words = ("--platform", "linux/riscv64", "--skip-db-update", "--cache-dir", stocked)
    done = run("scan", name, *words)
    assert (done.returncode, done.stdout) == (3, "")
    assert "choose with --platform: linux/amd64, linux/arm64/v8" in done.stderr


def test_an_unpacked_directory_by_tar_alone(stocked: Path, tmp_path: Path) -> None:
    """A root file system somebody unpacked with tar is the same as the archive it came from."""
    need("tar")
    layers = almalinux()
    (tmp_path / "one.tar").write_bytes(layers[0])
    rootfs = tmp_path / "rootfs"
    rootfs.mkdir()
    command("tar", "-xf", tmp_path / "one.tar", "-C", rootfs, "--no-same-owner")
    archive, tree = (
        scanned(f"dir:{place}", stocked).subjects[0] for place in (tmp_path / "one.tar", rootfs)
    )
    assert package_keys(archive) == package_keys(tree)
    assert finding_keys(archive) == finding_keys(tree)
    assert len(tree.findings) > 10
