"""All images of an index: which there are, what is left out, and what hostile ones cannot do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from dunnage.model.errors import ArtifactError, DunnageError, ForeignSystemError, TargetError
from dunnage.model.limits import Limits
from dunnage.model.target import Layers, Several
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from images import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    Content,
    add_to_index,
    docker_image,
    layer_tar,
    put_blob,
    put_index,
    tar_of,
    write_docker_archive,
    write_index,
    write_oci_dir,
)

if TYPE_CHECKING:
    from pathlib import Path

ONE = layer_tar({"etc/os-release": b"ID=one\n"})
TWO = layer_tar({"etc/hostname": b"two\n"})
ALL = Options(all_platforms=True, offline=True)


def several(text: str | Path, options: Options = ALL) -> Several:
    """Open what must be several images."""
    target = open_target(str(text), options)
    assert isinstance(target, Several)
    return target


def platforms(target: Several) -> list[str]:
    """Return the platforms as the images themselves say them."""
    return [str(member.open().image.platform) for member in target.members]


def refusals(target: Several) -> list[str]:
    """Return why members cannot be opened; an empty text for those that can."""
    found = []
    for member in target.members:
        try:
            member.open()
        except DunnageError as error:
            found.append(str(error))
        else:
            found.append("")
    return found


def test_a_layout_gives_all_images_of_its_index(tmp_path: Path) -> None:
    """From a directory and a tar, in order; each with its digest and layers that can be read."""
    path = tmp_path / "image"
    made = write_index(path, {"linux/amd64": [ONE, TWO], "linux/arm/v7": [ONE]})
    (tmp_path / "tar").write_bytes(tar_of(path))
    for text in (f"oci-dir:{path}:latest", f"oci-archive:{tmp_path / 'tar'}#latest", f"{path}"):
        target = several(text)
        assert platforms(target) == ["linux/amd64", "linux/arm/v7"]
        for member in target.members:
            layers = member.open()
            assert layers.image.digest == member.digest == made[str(member.platform)]
            with layers.open(layers.image.layers[0]) as file:
                assert len(file.read()) == layers.image.layers[0].size


def test_the_index_is_not_asked_for_by_default(tmp_path: Path) -> None:
    """Without the option one image is opened, and a digest or a single image always is one."""
    path = tmp_path / "image"
    made = write_index(path, {"linux/amd64": [ONE], "linux/arm64": [TWO]})
    one = open_target(str(path), Options(platform="arm64"))
    assert isinstance(one, Layers)
    by_digest = open_target(f"oci-dir:{path}@{made['linux/arm64']}", ALL)
    assert isinstance(by_digest, Layers)
    assert by_digest.image.digest == one.image.digest == made["linux/arm64"]
    assert platforms(several(f"oci-dir:{path}@{made['']}")) == ["linux/amd64", "linux/arm64"]


def test_nested_indexes_are_followed(tmp_path: Path) -> None:
    """In their place, each once however often it is named, and only so deep."""
    path = tmp_path / "image"
    write_index(path, {"linux/amd64": [ONE], "linux/arm64": [TWO]}, tag="inner")
    (inner,) = json.loads((path / "index.json").read_bytes())["manifests"]
    images = json.loads((path / "blobs/sha256" / inner["digest"][7:]).read_bytes())["manifests"]
    (path / "index.json").unlink()
    write_index(path, {}, extra=[images[1], inner, images[0], inner])
    assert platforms(several(path)) == ["linux/arm64", "linux/amd64"]
    for levels in range(1, 6):
        (path / "index.json").unlink()
        entry = put_index(path, [images[0]])
        for _ in range(levels - 1):
            entry = put_index(path, [entry])
        write_index(path, {}, extra=[images[1], entry])
        good, other = refusals(several(path))
        assert (good, bool(other)) == ("", levels > 3)
        assert not other or "nested more than 4 levels" in other
        chosen = Options(platform="linux/amd64", offline=True)
        if levels > 3:
            (path / "index.json").unlink()
            add_to_index(path, put_index(path, [entry]))
            with pytest.raises(TargetError, match="nested more than 4 levels"):
                open_target(str(path), chosen)


def test_an_index_that_names_itself_is_refused(tmp_path: Path) -> None:
    """What lies under the digest is something else then, which is told; the others stay."""
    path = tmp_path / "image"
    write_index(path, {"linux/amd64": [ONE]}, tag="")
    (entry,) = json.loads((path / "index.json").read_bytes())["manifests"]
    images = json.loads((path / "blobs/sha256" / entry["digest"][7:]).read_bytes())["manifests"]
    loop = {"mediaType": OCI_INDEX, "digest": "sha256:" + "7" * 64, "size": 0}
    for _ in range(3):  # until it has the size it says
        value = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*images, loop]}
        data = json.dumps(value).encode()
        loop["size"] = len(data)
    (path / "blobs/sha256" / ("7" * 64)).write_bytes(data)
    (path / "index.json").unlink()
    add_to_index(path, put_index(path, [*images, loop]))
    first, second = refusals(several(path))
    assert first == ""
    assert "not what its digest" in second


def test_too_many_images_are_cut_and_told(tmp_path: Path) -> None:
    """The first so many are examined; an index of indexes cannot get around it."""
    path = tmp_path / "image"
    write_index(path, {f"linux/a{n}": [ONE] for n in range(5)})
    options = replace(ALL, limits=replace(Limits(), platforms=3))
    target = several(path, options)
    assert [str(m.platform) for m in target.members] == ["linux/a0", "linux/a1", "linux/a2"]
    (problem,) = target.problems
    assert (problem.code, problem.effect.value) == ("platforms-left-out", "incomplete")
    assert not several(path).problems
    (path / "index.json").unlink()
    empties = [put_index(path, [put_index(path, [])] * n) for n in range(1, 6)]
    write_index(path, {"linux/amd64": [ONE]}, extra=empties, tag="many")
    target = several(path, options)
    assert (len(target.members), [p.code for p in target.problems]) == (1, ["platforms-left-out"])


def test_what_is_no_image_is_left_out(tmp_path: Path) -> None:
    """Attestations and artifacts by what the index says; others by what they turn out to be."""
    path = tmp_path / "image"
    chart = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": put_blob(path, b"{}", "application/vnd.cncf.helm.config.v1+json"),
            "layers": [],
        }
    ).encode()
    hidden = put_blob(path, chart, OCI_MANIFEST)
    system = {"os": "windows", "architecture": "amd64", "rootfs": {"diff_ids": []}}
    config = put_blob(path, json.dumps(system).encode(), OCI_CONFIG)
    foreign = json.dumps(
        {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": []}
    ).encode()
    unsaid = put_blob(path, foreign, OCI_MANIFEST)
    extra: list[dict[str, Any]] = [
        hidden | {"artifactType": "application/spdx+json"},
        hidden | {"platform": {"os": "unknown", "architecture": "unknown"}},
        hidden,
        unsaid,
    ]
    write_index(path, {"linux/amd64": [ONE]}, extra=extra)
    target = several(path)
    assert len(target.members) == 3
    with pytest.raises(ArtifactError, match="Helm chart"):
        target.members[1].open()
    with pytest.raises(ForeignSystemError, match="Windows"):
        target.members[2].open()


def test_an_index_that_lies_about_a_platform_is_told(tmp_path: Path) -> None:
    """The image is examined, with a note."""
    path = tmp_path / "image"
    write_oci_dir(path, [ONE], tag="")
    (entry,) = json.loads((path / "index.json").read_bytes())["manifests"]
    (path / "index.json").unlink()
    said = {"platform": {"os": "linux", "architecture": "arm64"}}
    add_to_index(path, put_index(path, [entry, entry | said]))
    first, second = (member.open() for member in several(path).members)
    assert first.problems == ()
    assert [p.code for p in second.problems] == ["platform-mismatch"]
    assert "is for linux/amd64" in second.problems[0].message


def test_names_that_mean_one_image_want_no_choice(tmp_path: Path) -> None:
    """Two tags of one digest are one image; two images of different platforms are one index."""
    path = tmp_path / "image"
    write_oci_dir(path, [ONE], tag="one")
    write_oci_dir(path, [ONE], tag="two")
    assert isinstance(open_target(str(path), Options(platform="amd64")), Layers)
    write_oci_dir(path, [TWO], tag="three", platform=("linux", "arm64"))
    with pytest.raises(TargetError, match="one must be chosen"):
        open_target(str(path), Options(platform="amd64"))
    other = tmp_path / "other"
    write_oci_dir(other, [ONE], tag="amd64")
    write_oci_dir(other, [TWO], tag="arm64", platform=("linux", "arm64"))
    assert platforms(several(other)) == ["linux/amd64", "linux/arm64"]


def test_docker_archives(tmp_path: Path) -> None:
    """Images of different platforms are all opened; of one platform, one must be chosen as ever."""
    path = tmp_path / "several.tar"
    entries: dict[str, Content] = {}
    listed: list[dict[str, Any]] = []
    for architecture, layer in (("amd64", ONE), ("arm64", TWO)):
        files, manifest, _ = docker_image([layer], tags=[f"app:{architecture}"])
        raw = files[manifest["Config"]]
        assert isinstance(raw, bytes)
        config = json.loads(raw)
        changed = json.dumps(config | {"architecture": architecture}).encode()
        del files[manifest["Config"]]
        manifest["Config"] = f"{architecture}.json"
        entries |= files | {manifest["Config"]: changed}
        listed.append(manifest)
    path.write_bytes(layer_tar(entries | {"manifest.json": json.dumps(listed).encode()}))
    target = several(f"docker-archive:{path}")
    assert platforms(target) == ["linux/amd64", "linux/arm64"]
    assert [member.open().image.reference for member in target.members] == [
        "app:amd64",
        "app:arm64",
    ]
    assert isinstance(open_target(f"docker-archive:{path}#app:arm64", ALL), Layers)
    broken = entries | {"arm64.json": b"[]", "manifest.json": json.dumps(listed).encode()}
    path.write_bytes(layer_tar(broken))
    assert [bool(text) for text in refusals(several(path))] == [False, True]
    write_docker_archive(tmp_path / "one.tar", [ONE])
    assert isinstance(open_target(str(tmp_path / "one.tar"), ALL), Layers)
    same = [{**listed[0], "RepoTags": [f"app:{n}"]} for n in range(2)]
    path.write_bytes(layer_tar(entries | {"manifest.json": json.dumps(same).encode()}))
    with pytest.raises(TargetError, match="one must be chosen"):
        open_target(str(path), ALL)
