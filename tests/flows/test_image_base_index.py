"""The base of an image as the index says that lists it, and how ``compare`` tells a base."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dunnage.cli._main import run
from dunnage.render._base import base_line
from flows.helpers_scan import scanned
from images import OCI_INDEX, add_to_index, layer_tar, put_blob, write_docker_archive, write_oci_dir
from schemas import report_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Compared = Callable[..., str]

BASE = "org.opencontainers.image.base.name"
STATUS = "Package: {}\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n"
DEBIAN = layer_tar(
    {
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\nNAME="Debian GNU/Linux"\n',
        "var/lib/dpkg/status": "\n".join(map(STATUS.format, ("apt", "dash", "libc6"))).encode(),
    }
)
BARE = layer_tar({"data/x": b"1"})


def annotate(path: Path, *, entry: str = "", index: str = "") -> None:
    """Say in ``index.json`` what its first image, or all of them, were built on."""
    value = json.loads((path / "index.json").read_bytes())
    if entry:
        value["manifests"][0].setdefault("annotations", {})[BASE] = entry
    if index:
        value["annotations"] = {BASE: index}
    (path / "index.json").write_text(json.dumps(value))


def nested(path: Path, layers: Mapping[str, str], *, index: str = "", entry: str = "") -> None:
    """Put the images of a layout into an index of their own.

    Args:
        path: Directory; made.
        layers: What the entry of each platform says.
        index: What that index says.
        entry: What its entry in ``index.json`` says.
    """
    for platform in layers:
        write_oci_dir(path, [DEBIAN], tag="", platform=tuple(platform.split("/")))
    listed = path / "index.json"
    images = json.loads(listed.read_bytes())["manifests"]
    for one, said in zip(images, layers.values(), strict=True):
        one["annotations"] = {BASE: said} if said else {}
    value = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": images}
    inner = put_blob(path, json.dumps(value | {"annotations": {BASE: index}}).encode(), OCI_INDEX)
    listed.unlink()
    add_to_index(path, inner | {"annotations": {BASE: entry}})


def base_of(path: Path) -> tuple[str, str]:
    """Return the base of the one image of a layout, and how it is known."""
    base = scanned(f"oci-dir:{path}", path.parent / "cache").subjects[0].base
    assert base is not None
    return base.image, base.known_by


def test_an_entry_of_index_json_names_the_base(tmp_path: Path) -> None:
    """What stands beside its name in the layout counts, and the line says who says it."""
    write_oci_dir(tmp_path / "app", [DEBIAN])
    annotate(tmp_path / "app", entry="docker.io/library/debian:12-slim")
    base = scanned(f"oci-dir:{tmp_path}/app", tmp_path / "cache").subjects[0].base
    assert base is not None
    assert base.tier == "slim"
    assert base_line(base) == "docker.io/library/debian:12-slim as its index says (slim)"


def test_the_manifest_counts_before_its_entry_and_that_before_the_index(tmp_path: Path) -> None:
    """The nearer to the image, the surer."""
    app = tmp_path / "app"
    write_oci_dir(app, [DEBIAN])
    annotate(app, index="debian:12")
    assert base_of(app) == ("debian:12", "index-annotation")
    annotate(app, entry="debian:12-slim")
    assert base_of(app) == ("debian:12-slim", "index-annotation")
    both = tmp_path / "both"
    write_oci_dir(both, [DEBIAN], annotations={BASE: "python:3.12-slim-bookworm"})
    annotate(both, entry="debian:12-slim", index="debian:12")
    assert base_of(both) == ("python:3.12-slim-bookworm", "annotation")


def test_a_layout_of_several_images_says_nothing_about_one(tmp_path: Path) -> None:
    """An annotation of ``index.json`` is about all it holds, and so about none of them alone."""
    app = tmp_path / "app"
    write_oci_dir(app, [DEBIAN], tag="one")
    write_oci_dir(app, [BARE], tag="two")
    annotate(app, index="debian:12-slim")
    base = scanned(f"oci-dir:{app}#one", tmp_path / "cache").subjects[0].base
    assert base is not None
    assert (base.image, base.known_by) == ("", "content")


@pytest.mark.parametrize(
    ("platform", "index", "entry", "expected"),
    [
        ("debian:12-slim", "debian:12", "python:3.12", "debian:12-slim"),
        ("", "debian:12", "python:3.12", "debian:12"),
        ("", "", "python:3.12", "python:3.12"),
    ],
)
def test_an_index_in_an_index(
    platform: str, index: str, entry: str, expected: str, tmp_path: Path
) -> None:
    """Of one image and of all platforms, what is said nearest to the image counts."""
    nested(tmp_path / "app", {"linux/amd64": platform}, index=index, entry=entry)
    assert base_of(tmp_path / "app") == (expected, "index-annotation")


def test_every_platform_has_its_own(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """With all platforms each has the base of its own entry, or else that of the index."""
    layers = {"linux/amd64": "debian:12-slim", "linux/arm64": ""}
    nested(tmp_path / "app", layers, index="python:3.12", entry="debian:12")
    words = ("--offline", f"--cache-dir={tmp_path}/cache", "-o", "json")
    run(["scan", f"oci-dir:{tmp_path}/app", "--all-platforms", "--scanners=image", *words], {})
    report = json.loads(capsysbinary.readouterr().out)
    assert report_errors(report) == []
    assert [one["base"]["image"] for one in report["subjects"]] == ["debian:12-slim", "python:3.12"]
    found = [one["image"]["index_base_name"] for one in report["subjects"]]
    assert found == ["debian:12-slim", "python:3.12"]


def test_every_platform_of_an_index_in_an_index(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """An inner index that names no base has that of its entry in the one around it."""
    app = tmp_path / "app"
    nested(app, {"linux/amd64": "", "linux/arm64": "python:3.12"}, entry="debian:12-slim")
    listed = app / "index.json"
    outer = put_blob(app, listed.read_bytes(), OCI_INDEX)
    listed.unlink()
    add_to_index(app, outer | {"annotations": {BASE: "debian:12"}})
    words = ("--offline", f"--cache-dir={tmp_path}/cache", "-o", "json")
    run(["scan", f"oci-dir:{app}", "--all-platforms", "--scanners=image", *words], {})
    report = json.loads(capsysbinary.readouterr().out)
    assert [one["base"]["image"] for one in report["subjects"]] == ["debian:12-slim", "python:3.12"]


@pytest.fixture
def compared(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Compared:
    """Compare what lies in the directory and return standard output."""

    def call(*words: str) -> str:
        run(["compare", f"--cache-dir={tmp_path}/cache", "--offline", *words], {})
        return capsysbinary.readouterr().out.decode()

    return call


def cells(markdown: str, label: str) -> list[str]:
    """Return the cells of one row."""
    [row] = [line for line in markdown.splitlines() if line.startswith(f"| {label} |")]
    return [cell.strip().replace("\\", "") for cell in row.split("|")[2:-1]]


def test_compare_says_each_base(tmp_path: Path, compared: Compared) -> None:
    """Named, of a look, unknown, and none where a directory is no image; the same in JSON."""
    write_oci_dir(tmp_path / "named", [DEBIAN], annotations={BASE: "debian:12-slim"})
    write_oci_dir(tmp_path / "alike", [DEBIAN])
    write_oci_dir(tmp_path / "bare", [BARE])
    (tmp_path / "tree/etc").mkdir(parents=True)
    (tmp_path / "tree/etc/os-release").write_text("ID=debian\n")
    names = [f"oci-dir:{tmp_path}/{name}" for name in ("named", "alike", "bare")]
    targets = (*names, f"rootfs:{tmp_path}/tree")
    expected = [
        "debian:12-slim (slim)",
        "looks like Debian GNU/Linux 12 (slim)",
        "unknown",
        "-",
    ]
    assert cells(compared(*targets, "-o", "markdown"), "base") == expected
    table = " ".join(compared(*names[:2]).split())
    assert "base debian:12-slim (slim) looks like Debian GNU/Linux" in table
    document: dict[str, Any] = json.loads(compared(*targets, "-o", "json"))
    assert report_errors(document) == []
    bases = [one["base"] for one in document["subjects"]]
    found = [(one["image"], one["known_by"], one["tier"]) if one else None for one in bases]
    assert found == [
        ("debian:12-slim", "annotation", "slim"),
        (None, "content", "slim"),
        None,
        None,
    ]


LOOKS = "by what is in the image, which looks like Debian GNU/Linux 12 (slim)"
UNKNOWN = "unknown, for what is in the image does not tell"
SEEN = "tier: by what is in the image"
PASSED = "says is no image name or contradicts what is in the image"


TABLE = "tier: by the table of base images"
BY_LABEL = f"by the label {BASE}, which images built on top inherit"


@pytest.mark.parametrize(
    ("manifest", "entry", "label", "layer", "reason"),
    [
        (
            "debian:12",
            "",
            "",
            DEBIAN,
            f"debian:12, by the annotation {BASE} of its manifest; {TABLE}",
        ),
        (
            "corp.example/base:7",
            "",
            "",
            DEBIAN,
            f"corp.example/base:7, by the annotation {BASE} of its manifest; {SEEN}",
        ),
        (
            "",
            "debian:12",
            "",
            DEBIAN,
            f"debian:12, by the annotation {BASE} of the index that lists it; {TABLE}",
        ),
        ("", "", "debian:12", DEBIAN, f"debian:12, {BY_LABEL}; {TABLE}"),
        ("", "", "", DEBIAN, f"{LOOKS}; no annotation or label names one"),
        ("alpine:3.19", "", "", DEBIAN, f"{LOOKS}; what its manifest {PASSED}"),
        (
            "alpine:3.19",
            "Not A Name",
            "debian:11",
            DEBIAN,
            f"{LOOKS}; what its manifest, its index and its label {PASSED}",
        ),
        ("", "", "", BARE, f"{UNKNOWN}; no annotation or label names one"),
    ],
)
def test_compare_explains_each_base(
    manifest: str,
    entry: str,
    label: str,
    layer: bytes,
    reason: str,
    tmp_path: Path,
    compared: Compared,
) -> None:
    """The reason names what said it, and what was not believed; nothing without ``--explain``."""
    config = {"Labels": {BASE: label}} if label else {}
    notes = {BASE: manifest} if manifest else {}
    write_oci_dir(tmp_path / "app", [layer], config=config, annotations=notes)
    annotate(tmp_path / "app", entry=entry)
    app = f"oci-dir:{tmp_path}/app"
    lines = compared(app, app, "--explain", "-o", "markdown").replace("\\", "").splitlines()
    assert [line for line in lines if line.startswith("- base: ")] == [f"- base: {reason}"] * 2
    assert "- base: " not in compared(app, app, "-o", "markdown").replace("\\", "")


def test_a_saved_base_image_is_its_own_base(tmp_path: Path, compared: Compared) -> None:
    """The name an engine gave it is one of the table."""
    for name, tag in (("one", "debian:12-slim"), ("two", "shop:1")):
        write_docker_archive(tmp_path / f"{name}.tar", [DEBIAN], tags=(tag,))
    targets = [f"docker-archive:{tmp_path}/{name}.tar" for name in ("one", "two")]
    told = " ".join(compared(*targets, "--explain").split())
    assert (
        "base: debian:12-slim, by the name of the image, which is a known base itself; tier: by the "
        "table of base images"
    ) in told
    assert f"base: {LOOKS}; no annotation or label names one" in told
