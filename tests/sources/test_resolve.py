"""What a target's name means, and what is said about names that mean nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dunnage.io.http import Http
from dunnage.model.errors import InputError, TargetError, UsageError
from dunnage.model.problem import Problem
from dunnage.model.target import Layers, Listed, Tree, TreeEntry
from dunnage.sources._resolve import open_target, schemes
from dunnage.sources._source import Options
from images import (
    Content,
    Symlink,
    compress,
    docker_image,
    layer_tar,
    write_docker_archive,
    write_oci_dir,
)
from support import ROOT, data_root

OFFLINE = Options(http=Http(offline=True))
ENTRIES: dict[str, Content] = {"etc/os-release": b"ID=one\n", "bin": Symlink("usr/bin")}
ROOTFS = layer_tar(ENTRIES)
BOM = b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}'


def test_every_source_is_a_scheme_with_help() -> None:
    """The folder is the registry; each file says what it opens and how it is written."""
    from dunnage.io.folder import load_all
    from dunnage.sources._source import Source

    found = load_all("dunnage.sources", "source", Source)
    assert set(schemes()) == set(found) - {"stdin"}
    for name, source in found.items():
        assert source.summary
        assert source.example.startswith(f"{name}:" if name != "stdin" else "-")


def test_an_existing_path_wins_over_an_image_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The choice is told, with how to get the other one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alpine").write_bytes(ROOTFS)
    target = open_target("alpine", OFFLINE)
    assert target.source == "dir"
    assert "registry:alpine" in target.note
    for text in ("registry:alpine", "alpine:3.19", "localhost:1/alpine"):
        with pytest.raises(TargetError, match="offline"):
            open_target(text, OFFLINE)


def test_content_decides_what_a_file_is(tmp_path: Path) -> None:
    """The names are all wrong on purpose."""
    write_docker_archive(tmp_path / "a.json", [ROOTFS])
    write_oci_dir(tmp_path / "b.tar", [ROOTFS])
    (tmp_path / "c.exe").write_bytes(compress(ROOTFS, "xz"))
    (tmp_path / "d.tar").write_bytes(b"\x7fELF" + bytes(100))
    (tmp_path / "e.gz").write_bytes(BOM)
    kinds = [open_target(str(path), OFFLINE).source for path in sorted(tmp_path.iterdir())]
    assert kinds == ["docker-archive", "oci-dir", "dir", "file", "sbom"]


@pytest.mark.parametrize("how", ["none", "gzip", "xz", "zstd", "bzip2"])
def test_the_tar_of_a_root_file_system_is_one_layer(tmp_path: Path, how: str) -> None:
    """Nothing vouches for it, so it has no digest; the bytes come as stored."""
    path = tmp_path / "rootfs"
    path.write_bytes(compress(ROOTFS, how))
    target = open_target(f"dir:{path}", OFFLINE)
    assert isinstance(target, Layers)
    (layer,) = target.image.layers
    assert (layer.digest, layer.diff_id, layer.size) == ("", "", path.stat().st_size)
    with target.open(layer) as file:
        assert file.read() == path.read_bytes()


def test_a_root_file_system_with_a_file_called_like_a_list_of_images(tmp_path: Path) -> None:
    """``dir:`` takes it, and what is named with it is only refused if it is an image archive."""
    path = tmp_path / "x.tar"
    entries: dict[str, Content] = {"manifest.json": b'{"name": "app"}', **ENTRIES}
    path.write_bytes(layer_tar(entries))
    with pytest.raises(TargetError, match="no image") as caught:
        open_target(str(path), OFFLINE)
    assert f"dir:{path}" in caught.value.advice
    assert open_target(f"dir:{path}", OFFLINE).source == "dir"
    write_docker_archive(path, [ROOTFS])
    with pytest.raises(TargetError, match="an image archive") as caught:
        open_target(f"dir:{path}", OFFLINE)
    assert f"docker-archive:{path}" in caught.value.advice


def test_the_list_of_images_may_come_after_odd_names(tmp_path: Path) -> None:
    """A plain archive is recognised although the list follows a large layer of any name."""
    path = tmp_path / "x"
    entries, manifest, _ = docker_image([ROOTFS])
    manifest["Layers"] = ["layer"]
    manifest["Config"] = "config"
    config = next(iter(entries.values()))
    late: dict[str, Content] = {"layer": ROOTFS + bytes(500_000), "config": config}
    late["manifest.json"] = json.dumps([manifest]).encode()
    path.write_bytes(layer_tar(late))
    assert open_target(str(path), OFFLINE).source == "docker-archive"


def test_real_root_file_systems_are_recognised() -> None:
    """Every file of the shared data is opened as what its list says."""
    from support import data_json

    for entry in data_json("images.json")["images"]:
        target = open_target(str(data_root() / entry["file"]), OFFLINE)
        kind = entry["kind"]
        expected = "docker-archive" if "docker-archive" in kind else "dir"
        assert target.source == ("file" if entry["file"].endswith(".elf") else expected)


def tree(path: Path) -> dict[str, TreeEntry]:
    """Return the entries of a directory."""
    target = open_target(str(path), OFFLINE)
    assert isinstance(target, Tree)
    return {entry.path: entry for entry in target.walk() if isinstance(entry, TreeEntry)}


def test_a_directory_is_walked_in_order_and_never_left(tmp_path: Path) -> None:
    """Parents first, sorted; links are told and not followed; pipes are not opened."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/b").write_bytes(b"content")
    (tmp_path / "etc/a").symlink_to("/etc/passwd")
    (tmp_path / "away").symlink_to("/")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / os.fsdecode(b"odd\xff")).write_bytes(b"")
    found = tree(tmp_path)
    assert list(found) == ["away", "etc", os.fsdecode(b"odd\xff"), "pipe", "etc/a", "etc/b"]
    kinds = ["symlink", "directory", "file", "other", "symlink", "file"]
    assert [entry.kind for entry in found.values()] == kinds
    assert found["away"].link == "/"
    opener = found["etc/b"].open
    assert opener is not None
    with opener() as file:
        assert (file.read(3), file.seek(1), file.read()) == (b"con", 1, b"ontent")
    assert [entry.path for entry in found.values() if entry.open is None] == [
        "away",
        "etc",
        "pipe",
        "etc/a",
    ]


def test_a_file_exchanged_for_a_link_is_not_read(tmp_path: Path) -> None:
    """Between walking and reading somebody may act; the file we saw is the file we read."""
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "new").write_bytes(b"other")
    opener = tree(tmp_path)["file"].open
    assert opener is not None
    (tmp_path / "file").unlink()
    (tmp_path / "file").symlink_to("/etc/passwd")
    with pytest.raises(InputError):
        opener()
    (tmp_path / "new").rename(tmp_path / "file")
    with pytest.raises(InputError, match="exchanged"):
        opener()


def test_virtual_file_systems_are_left_out() -> None:
    """The root directory of this machine ends, without anything below /proc."""
    target = open_target("dir:/", OFFLINE)
    assert isinstance(target, Tree)
    seen: list[str] = []
    noted: list[str] = []
    for entry in target.walk():
        if isinstance(entry, Problem):
            noted.append(entry.where)
        elif entry.path.startswith("proc"):
            seen.append(entry.path)
        if "proc" in noted or len(seen) > 3:
            break
    if not os.path.ismount("/proc"):
        pytest.skip("/proc is no mount point here")
    assert (seen, noted[-1:]) == (["proc"], ["proc"])


def test_a_program_is_a_tree_of_one_file() -> None:
    """Its name is the file's own."""
    target = open_target(f"file:{sys.executable}", OFFLINE)
    assert isinstance(target, Tree)
    (entry,) = target.walk()
    assert isinstance(entry, TreeEntry)
    assert entry.path == Path(sys.executable).name
    assert entry.open is not None
    with entry.open() as file:
        assert file.read(4) == b"\x7fELF"


def test_an_sbom_is_an_inventory(tmp_path: Path) -> None:
    """Named with and without its scheme."""
    (tmp_path / "a").write_bytes(BOM)
    for text in (f"sbom:{tmp_path}/a", f"{tmp_path}/a"):
        assert isinstance(open_target(text, OFFLINE), Listed)


def test_hidden_versions_of_images_called_like_a_scheme() -> None:
    """``registry:2`` is the image of that name, not the image ``2``."""
    with pytest.raises(TargetError, match="offline") as caught:
        open_target("registry:2", OFFLINE)
    assert "library/registry/manifests/2" in caught.value.where


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("docker-archve:app.tar", "no kind of target", "did you mean docker-archive:app.tar"),
        ("oci_dir:image", "no kind of target", "did you mean oci-dir:image"),
        ("oci:./image", "no kind of target", "did you mean oci-dir:./image"),
        ("foo:/x", "no kind of target", "known are containerd:"),
        ("dir:", "nothing follows", "dir:/mnt/rootfs"),
        ("", "no target", ""),
        ("  ", "no target", ""),
        ("a\0b", "no target", ""),
    ],
)
def test_what_cannot_be_understood(text: str, message: str, advice: str) -> None:
    """Each is a usage error with advice."""
    with pytest.raises(UsageError, match=message) as caught:
        open_target(text, OFFLINE)
    assert advice in caught.value.advice


@pytest.mark.parametrize(
    "text",
    [
        "./app",
        "/nonexistent",
        "../x",
        "~/app.tar",
        "app.tar",
        "a/b.tar.gz",
        "x.json",
        "dir/",
        "a\\b",
    ],
)
def test_what_looks_like_a_path_is_never_tried_on_a_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Not even if it would be a valid image name."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TargetError, match="no such file"):
        open_target(text, OFFLINE)


def test_the_nearest_name_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the directory the path points to."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "images/backend.tar").write_bytes(ROOTFS)
    for text, meant in [("images/bakend.tar", "images/backend.tar"), ("./imags", "./images")]:
        with pytest.raises(TargetError) as caught:
            open_target(text, OFFLINE)
        assert f"did you mean {meant}?" in caught.value.advice


def run_stdin(data: bytes, argument: str = "-", *, pipe: bool = True) -> str:
    """Open standard input in a process of its own; return the source, layers and first bytes."""
    code = (
        "import sys\n"
        "from dunnage.sources._resolve import open_target\n"
        "from dunnage.sources._source import Options\n"
        "from dunnage.model.errors import DunnageError\n"
        "try:\n"
        "    t = open_target(sys.argv[1], Options(platform='linux/amd64'))\n"
        "    print(t.source, len(t.image.layers), len(t.open(t.image.layers[-1]).read()))\n"
        "except DunnageError as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    command = [sys.executable, "-W", "error", "-c", code, argument]
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    if pipe:
        done = subprocess.run(command, input=data, capture_output=True, env=environ, check=True)
    else:
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(0)
            done = subprocess.run(command, stdin=file, capture_output=True, env=environ, check=True)
    assert done.stderr == b""
    return done.stdout.decode().strip()


def test_standard_input_may_be_any_archive(tmp_path: Path) -> None:
    """From a pipe (copied to an unlinked file) or a redirected file (read in place)."""
    path = tmp_path / "app.tar"
    write_docker_archive(path, [ROOTFS, ROOTFS], archive_compression="gzip")
    for pipe in (True, False):
        assert run_stdin(path.read_bytes(), pipe=pipe) == f"docker-archive 2 {len(ROOTFS)}"
    assert run_stdin(ROOTFS) == f"dir 1 {len(ROOTFS)}"
    assert run_stdin(b"").startswith("TargetError standard input: the file is empty")
    assert run_stdin(path.read_bytes(), "-#other:1").startswith("TargetError standard input")
