"""Image archives and layouts, in every way they are written."""

from __future__ import annotations

import hashlib
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from dunnage.io.http import Http
from dunnage.model.errors import InputError, TargetError
from dunnage.model.limits import Limits
from dunnage.model.target import Layers
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from images import (
    Content,
    Hardlink,
    Symlink,
    add_to_index,
    compress,
    docker_image,
    image_config,
    layer_tar,
    put_blob,
    sha256,
    tar_of,
    write_docker_archive,
    write_oci_dir,
)
from support import data_root

if TYPE_CHECKING:
    from pathlib import Path

ONE = layer_tar({"etc/os-release": b"ID=one\n"})
TWO = layer_tar({"etc/hostname": b"two\n", "big": b"x" * 5000})
OFFLINE = Options(http=Http(offline=True), platform="linux/amd64")


def opened(text: str, options: Options = OFFLINE) -> Layers:
    """Open a target that has layers."""
    target = open_target(text, options)
    assert isinstance(target, Layers)
    assert target.name == text
    return target


def contents(target: Layers) -> list[bytes]:
    """Return the stored bytes of all layers, each read twice to show that it can be."""
    for layer in target.image.layers:
        with target.open(layer) as file:
            file.read(10)
    found = []
    for layer in target.image.layers:
        with target.open(layer) as file:
            found.append(file.read())
    return found


@pytest.mark.parametrize("layout", ["legacy", "blobs"])
@pytest.mark.parametrize("packed", ["none", "gzip", "xz", "zstd", "bzip2"])
def test_docker_archives_of_both_layouts(tmp_path: Path, layout: str, packed: str) -> None:
    """Plain or compressed, old or new layout, a repeated layer: the same layers come out."""
    path = tmp_path / "app"
    layers = [ONE, TWO, ONE]
    settings = {"User": "1000", "Env": ["A=b"]}
    written = write_docker_archive(
        path, layers, layout=layout, archive_compression=packed, config=settings
    )
    target = opened(str(path))
    image = target.image
    assert (target.source, target.problems) == ("docker-archive", ())
    assert contents(target) == layers
    assert [layer.diff_id for layer in image.layers] == list(written.diff_ids)
    assert [layer.created_by for layer in image.layers] == ["layer 0", "layer 1", "layer 2"]
    assert [layer.size for layer in image.layers] == [len(layer) for layer in layers]
    assert (image.reference, image.config_digest, image.digest) == (
        "app:latest",
        written.config,
        "",
    )
    assert (str(image.platform), image.user, image.env) == ("linux/amd64", "1000", ("A=b",))
    digests = list(written.digests) if layout == "blobs" else ["", "", ""]
    assert [layer.digest for layer in image.layers] == digests
    assert "docker-archive" in target.note


def test_a_real_archive_of_docker_save() -> None:
    """The Alpine 3.10 archive as published, gzipped: its layer is what the configuration says."""
    path = data_root() / "images/alpine/alpine-3.10-docker-archive.tar.gz"
    for text in (str(path), f"docker-archive:{path}"):
        target = opened(text)
        (layer,) = target.image.layers
        (data,) = contents(target)
        assert layer.diff_id == sha256(data)
        assert layer.created_by.startswith("/bin/sh -c #(nop) ADD file")
        assert target.image.history[-1][1]


def archive_of_two(path: Path) -> None:
    """Write a docker archive of two images, the second without a name."""
    one, first, _ = docker_image([ONE], tags=["team/one:1", "quay.io/x/one:1"])
    two, second, _ = docker_image([TWO], tags=[])
    manifest = json.dumps([first, second]).encode()
    path.write_bytes(layer_tar({**one, **two, "manifest.json": manifest}))


def test_one_of_several_images_must_be_chosen(tmp_path: Path) -> None:
    """The error lists what there is; names (also in full) and image ids choose."""
    path = tmp_path / "two.tar"
    archive_of_two(path)
    with pytest.raises(TargetError, match="2 images") as caught:
        opened(str(path))
    advice = caught.value.advice
    assert "team/one:1, quay.io/x/one:1, " in advice
    unnamed = advice.rpartition(", ")[2]
    for choice in ("team/one:1", "docker.io/team/one:1", "quay.io/x/one:1"):
        assert contents(opened(f"{path}#{choice}")) == [ONE]
    assert contents(opened(f"docker-archive:{path}:team/one:1")) == [ONE]
    assert contents(opened(f"{path}#{unnamed}")) == [TWO]
    chosen = Options(http=Http(offline=True), choose="team/one:1")
    assert contents(opened(str(path), chosen)) == [ONE]
    with pytest.raises(TargetError, match="no image team"):
        opened(f"{path}#team/one:2")


def test_links_within_an_archive_are_followed_and_none_out_of_it(tmp_path: Path) -> None:
    """Old archives link repeated layers; links that lead nowhere or in circles are told."""
    path = tmp_path / "links.tar"
    config = json.dumps(image_config([sha256(ONE)] * 4)).encode()
    layers = ["a/layer.tar", "b/layer.tar", "c/layer.tar", "d/layer.tar"]
    entries: dict[str, Content] = {
        "config.json": config,
        "./a/layer.tar": ONE,
        "b/layer.tar": Hardlink("a/layer.tar"),
        "c/layer.tar": Symlink("../../../etc/passwd"),
        "d/layer.tar": Symlink("layer.tar"),
        "manifest.json": json.dumps([{"Config": "config.json", "Layers": layers}]).encode(),
    }
    path.write_bytes(layer_tar(entries))
    target = opened(str(path))
    assert target.open(target.image.layers[1]).read() == ONE
    for layer in target.image.layers[2:]:
        with pytest.raises(InputError, match="missing"):
            target.open(layer)


def test_a_configuration_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    """The image id is verified."""
    entries, manifest, _ = docker_image([ONE])
    entries[manifest["Config"]] = b'{"os": "linux"}'
    entries["manifest.json"] = json.dumps([manifest]).encode()
    path = tmp_path / "bad.tar"
    path.write_bytes(layer_tar(entries))
    with pytest.raises(TargetError, match="not what its name says"):
        opened(str(path))


def test_a_truncated_archive_gives_what_is_left(tmp_path: Path) -> None:
    """With the manifest first, only the cut layer is short; without it, nothing can be read."""
    entries, manifest, _ = docker_image([ONE, TWO])
    first: dict[str, Content] = {"manifest.json": json.dumps([manifest]).encode()}
    whole = layer_tar({**first, **entries})
    path = tmp_path / "cut.tar"
    path.write_bytes(whole[: whole.index(b"two\n") + 600])
    target = opened(str(path))
    found = contents(target)
    assert found[0] == ONE
    assert TWO.startswith(found[1])
    assert len(found[1]) < len(TWO)
    path.write_bytes(layer_tar({**entries, **first})[:6000])
    with pytest.raises(TargetError, match="ends too early"):
        opened(str(path))


def test_gnu_and_odd_tars_are_indexed_too(tmp_path: Path) -> None:
    """Long names, GNU and old headers and trailing data: what the standard library writes."""
    for form in (tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT):
        entries, manifest, _ = docker_image([ONE])
        deep = "d" * 60 + "/" + "e" * 90 + "/layer.tar"
        manifest["Layers"] = [deep]
        files = {manifest["Config"]: entries[manifest["Config"]], deep: ONE}
        files["manifest.json"] = json.dumps([manifest]).encode()
        path = tmp_path / "odd.tar"
        with tarfile.open(path, "w", format=form) as tar:
            for name, data in files.items():
                assert isinstance(data, bytes)
                source = tmp_path / "file"
                source.write_bytes(data)
                tar.add(source, name)
        with path.open("ab") as file:
            file.write(b"garbage" * 100)
        assert contents(opened(str(path))) == [ONE]


def test_a_compressed_archive_has_to_fit(tmp_path: Path) -> None:
    """What would not fit into the temporary disk allowed is refused with advice."""
    path = tmp_path / "app.tar.gz"
    write_docker_archive(path, [layer_tar({"zeros": bytes(200_000)})], archive_compression="gzip")
    small = Options(http=Http(offline=True), limits=Limits(spill_budget=100_000))
    with pytest.raises(TargetError, match="temporary disk") as caught:
        opened(str(path), small)
    assert "decompress it first" in caught.value.advice


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
@pytest.mark.parametrize("packed", ["", "none", "gzip"])
def test_layouts_as_directory_and_as_tar(tmp_path: Path, compression: str, packed: str) -> None:
    """The same image comes out of both, all digests verified."""
    folder = tmp_path / "image"
    written = write_oci_dir(folder, [ONE, TWO], compression=compression)
    text = str(folder)
    if packed:
        text = str(tmp_path / "image.tar")
        (tmp_path / "image.tar").write_bytes(compress(tar_of(folder), packed))
    target = opened(text)
    assert target.source == ("oci-archive" if packed else "oci-dir")
    assert contents(target) == [compress(layer, compression) for layer in (ONE, TWO)]
    image = target.image
    assert (image.digest, image.config_digest) == (written.manifest, written.config)
    assert [(x.digest, x.diff_id) for x in image.layers] == list(
        zip(written.digests, written.diff_ids, strict=True)
    )
    assert open_target(f"{target.source}:{text}#latest", OFFLINE).problems == ()


def test_tags_and_digests_choose_from_a_layout(tmp_path: Path) -> None:
    """As ``path:tag``, ``path@digest`` and ``path#tag``; without, the error lists the tags."""
    folder = tmp_path / "image"
    one = write_oci_dir(folder, [ONE], tag="1.0")
    two = write_oci_dir(folder, [TWO], tag="2.0")
    with pytest.raises(TargetError, match="2 images") as caught:
        opened(f"oci-dir:{folder}")
    assert "1.0, 2.0" in caught.value.advice
    for choice in (":1.0", "#1.0", f"@{one.manifest}"):
        assert opened(f"oci-dir:{folder}{choice}").image.digest == one.manifest
    assert opened(f"{folder}#2.0").image.digest == two.manifest
    with pytest.raises(TargetError, match=r"no image 3\.0"):
        opened(f"oci-dir:{folder}:3.0")


def nested(folder: Path) -> dict[str, str]:
    """Write a layout whose tag leads to an index of three platforms and an attestation."""
    made = {
        name: write_oci_dir(folder, [ONE], tag="", platform=("linux", *name.split("/"))).manifest
        for name in ("amd64", "arm64", "arm/v6", "arm/v7")
    }
    index = json.loads((folder / "index.json").read_bytes())
    index["manifests"].append(
        index["manifests"][0] | {"platform": {"os": "unknown", "architecture": "unknown"}}
    )
    inner = put_blob(folder, json.dumps(index).encode(), index["mediaType"])
    (folder / "index.json").unlink()
    add_to_index(folder, inner | {"annotations": {"org.opencontainers.image.ref.name": "all"}})
    return made


def platform(text: str) -> Options:
    """Return options for one platform."""
    return Options(http=Http(offline=True), platform=text)


def test_platforms_are_chosen_from_nested_indexes(tmp_path: Path) -> None:
    """Asked for by name; the variant of ARM falls back to the best that runs there."""
    made = nested(tmp_path / "image")
    text = f"oci-dir:{tmp_path / 'image'}:all"
    for asked, expected in [
        ("linux/amd64", "amd64"),
        ("aarch64", "arm64"),
        ("linux/arm64/v8", "arm64"),
        ("linux/arm", "arm/v7"),
        ("linux/arm/v6", "arm/v6"),
    ]:
        assert opened(text, platform(asked)).image.digest == made[expected]
    assert opened(text, platform("")).image.digest in made.values()
    direct = f"oci-dir:{tmp_path / 'image'}@{made['arm/v6']}"
    assert opened(direct, platform("")).image.digest == made["arm/v6"]
    with pytest.raises(TargetError, match="no image for linux/s390x") as caught:
        opened(text, platform("linux/s390x"))
    assert "linux/amd64, linux/arm/v6, linux/arm/v7, linux/arm64" in caught.value.advice


def test_a_single_image_is_taken_whatever_it_is_for_unless_asked(tmp_path: Path) -> None:
    """Without ``--platform`` the only image will do; with it, another one is no answer."""
    write_oci_dir(tmp_path / "image", [ONE], platform=("linux", "s390x"))
    text = str(tmp_path / "image")
    assert str(opened(text, platform("")).image.platform) == "linux/s390x"
    with pytest.raises(TargetError, match="linux/s390x"):
        opened(text, platform("linux/amd64"))


def test_windows_is_refused_by_name(tmp_path: Path) -> None:
    """A layout with nothing but an image for Windows."""
    write_oci_dir(tmp_path / "image", [ONE], platform=("windows", "amd64"))
    with pytest.raises(TargetError, match="os: windows"):
        opened(str(tmp_path / "image"), platform(""))


@pytest.mark.parametrize("what", ["manifest", "config"])
def test_content_that_is_not_what_its_digest_says(tmp_path: Path, what: str) -> None:
    """Manifest and configuration are verified, also if they are sound JSON."""
    folder = tmp_path / "image"
    written = write_oci_dir(folder, [ONE])
    digest = {"manifest": written.manifest, "config": written.config}[what]
    blob = folder / "blobs/sha256" / digest.removeprefix("sha256:")
    blob.write_bytes(blob.read_bytes().replace(b'"', b' "', 1)[:-1])
    with pytest.raises(TargetError, match="digest"):
        opened(str(folder))


def test_a_missing_blob_is_told_when_it_is_opened(tmp_path: Path) -> None:
    """The other layers can still be read."""
    folder = tmp_path / "image"
    written = write_oci_dir(folder, [ONE, TWO])
    (folder / "blobs/sha256" / written.digests[0].removeprefix("sha256:")).unlink()
    target = opened(str(folder))
    with pytest.raises(InputError, match="the layer is missing"):
        target.open(target.image.layers[0])
    with target.open(target.image.layers[1]) as file:
        assert hashlib.sha256(file.read()).hexdigest() in written.digests[1]


def test_links_out_of_a_layout_are_not_followed(tmp_path: Path) -> None:
    """Neither for a blob nor for the index."""
    folder = tmp_path / "image"
    written = write_oci_dir(folder, [ONE])
    outside = tmp_path / "outside"
    blob = folder / "blobs/sha256" / written.digests[0].removeprefix("sha256:")
    blob.rename(outside)
    blob.symlink_to(outside)
    target = opened(str(folder))
    with pytest.raises(InputError, match="out of the directory"):
        target.open(target.image.layers[0])
    (folder / "index.json").unlink()
    (folder / "index.json").symlink_to("/etc/passwd")
    with pytest.raises(TargetError, match="out of the directory"):
        opened(str(folder))
