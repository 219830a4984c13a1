"""Places targets come from: credential files, OCI layouts, directories, files of any kind."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

import images
import package_samples
from dunnage.io.http import Http
from dunnage.model.errors import InputError, TargetError
from dunnage.model.problem import Problem
from dunnage.model.target import Layers, Listed, Several, Tree
from dunnage.parsers.reference import Reference
from dunnage.sources import _layout
from dunnage.sources._content import examined
from dunnage.sources._credentials import credentials_for
from dunnage.sources._members import members_of
from dunnage.sources._opened import target_of
from dunnage.sources._project import unread
from dunnage.sources._resolve import open_target
from dunnage.sources._rootfs import tree_of
from dunnage.sources._source import Options
from dunnage.sources._stored import Stored
from fuzzing.hand import LIMITS, TIGHT, packed, split, summed
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.image import Image

_OPTIONS = Options(http=Http(offline=True), platform="linux/amd64", environ={})
_REFERENCES = tuple(
    map(Reference.parse, ("alpine", "a.example:5000/team/app:1", "docker.io/team/app"))
)
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
_LINK = re.compile(rb"@([1-4])")
_BLOBS = 5
_JSON = (b"[", b"]", b"{", b"}", b'"', b":", b",", b"\\ud800", b"null", b"1e999")


def _stored(data: bytes, name: str = "x") -> Stored:
    handle = os.memfd_create("fuzz")
    os.write(handle, data)
    return Stored(handle, name)


def _credentials(data: bytes) -> tuple[int, int]:
    """Look for credentials of several images, in a file that was named and in the usual places."""
    with tempfile.TemporaryDirectory(dir=_MEMORY) as text:
        path = Path(text, ".docker", "config.json")
        path.parent.mkdir()
        path.write_bytes(data)
        environ = {"HOME": text}
        found = [credentials_for(one, environ, "", LIMITS) for one in _REFERENCES]
        for one, other in zip(_REFERENCES, found, strict=True):
            if other.user:
                assert other == credentials_for(one, {}, str(path), LIMITS)
                assert repr(other) == f"Credentials(origin={other.origin!r})", "a password is told"
                assert f"{other.user}:{other.password}".encode()
            else:
                assert not other.password
        credentials_for(_REFERENCES[0], {}, str(path), LIMITS)
    return sum(bool(one.user) for one in found), sum(bool(one.hint) for one in found)


def _layout_files(data: bytes) -> tuple[bytes, dict[str, bytes | None]]:
    """Return switches and the files of a layout: an index, then blobs that name earlier ones.

    ``@1`` in a blob stands for the digest of the first one, and so on; the last one is the index.
    """
    switches, *parts = split(data, _BLOBS + 1)
    files: dict[str, bytes | None] = {"blobs": None, "blobs/sha256": None}
    digests: list[bytes] = []

    def digest(match: re.Match[bytes]) -> bytes:
        number = int(match[1]) - 1
        return digests[number] if number < len(digests) else match[0]

    for part in parts[:-1]:
        blob = _LINK.sub(digest, part)
        name = images.sha256(blob)
        digests.append(name.encode())
        files[f"blobs/sha256/{name.removeprefix('sha256:')}"] = blob
    files["index.json"] = _LINK.sub(digest, parts[-1])
    return switches, files


def _write(root: str, switches: bytes, files: dict[str, bytes | None]) -> None:
    """Write a layout, its blobs as what the switches say: files, or things that are none."""
    blobs = 0
    for path, content in files.items():
        if content is None:
            os.mkdir(f"{root}/{path}")  # noqa: PTH102 - quick
            continue
        kind = switches[blobs] if blobs < len(switches) else 0
        blobs += 1
        match kind:
            case 1:
                continue
            case 2:
                os.mkdir(f"{root}/{path}")  # noqa: PTH102 - quick
            case 3:
                os.symlink("../../../../etc/passwd", f"{root}/{path}")  # noqa: PTH211 - quick
            case 4:
                os.symlink(path.rpartition("/")[2], f"{root}/{path}")  # noqa: PTH211 - quick
            case 5:
                os.mkfifo(f"{root}/{path}")
            case _:
                with open(f"{root}/{path}", "wb") as file:  # noqa: PTH123 - quick
                    file.write(content)


def _opened(target: Layers) -> tuple[int, int]:
    """Open all layers; return how many there are and how many could be read."""
    good = 0
    for layer in target.image.layers:
        try:
            with target.open(layer) as file:
                while file.read(65_536):
                    pass
        except InputError:
            continue
        good += 1
    return len(target.image.layers), good


def _read_layout(data: bytes) -> tuple[int, int]:
    switches, files = _layout_files(data)
    with tempfile.TemporaryDirectory(dir=_MEMORY) as root:
        _write(root, switches, files)
        try:
            target = open_target(f"oci-dir:{root}", _OPTIONS)
        except TargetError:
            if not any(switches):
                assert _of_archive(files, root) is None, "refused as a directory only"
            raise
        assert isinstance(target, Layers)
        image = target.image
        if not any(switches):
            assert _of_archive(files, root) == image, "the archive holds another image"
        _check_platforms(root, image)
        return _opened(target)


def _check_platforms(root: str, image: Image) -> None:
    """Open all platforms; the image that was chosen is among them, and the others may be refused."""
    target = open_target(f"oci-dir:{root}", replace(_OPTIONS, platform="", all_platforms=True))
    if isinstance(target, Layers):
        assert target.image == image
        return
    assert isinstance(target, Several)
    assert 0 < len(target.members) <= LIMITS.platforms
    digests = set()
    for member in target.members:
        with contextlib.suppress(InputError, TargetError):
            digests.add(member.open().image.digest)
    whole = len(digests) == len({member.digest for member in target.members})
    assert image.digest in digests or not whole or target.problems


def _of_archive(files: dict[str, bytes | None], name: str) -> Image | None:
    """Return the image of the same files in a tar, or None if it is refused."""
    stored = _stored(images.layer_tar(files))
    try:
        members = _layout.Packed(members_of(stored, LIMITS))
        layers = _layout.layers_of(members, name, "oci-archive", "", _OPTIONS)
    except (InputError, TargetError):
        return None
    assert isinstance(layers, Layers)
    return layers.image


def _tree(data: bytes) -> tuple[int, int]:
    """Make a directory of what an input says, and walk it."""
    with tempfile.TemporaryDirectory(dir=_MEMORY) as root:
        for row in data.split(b"\0")[:60]:
            _make(os.fsencode(root), row[:1], row[1:])
        assert all(problem.where == root for problem in unread(root))
        made = _made(root)
        try:
            target = tree_of(root, TIGHT)
        except TargetError:
            assert not made, "a directory that is not empty is refused"
            raise
        seen: dict[str, bytes | None] = {}
        told = 0
        for entry in target.walk():
            if isinstance(entry, Problem):
                told += 1
                continue
            parent = entry.path.rpartition("/")[0]
            assert not parent or parent in seen, "a child before its parent"
            assert entry.path not in seen
            assert (entry.kind == "file") == (entry.open is not None)
            seen[entry.path] = None
            if entry.open is not None:
                with entry.open() as file:
                    seen[entry.path] = file.read()
        assert seen == made or told, "something else was made"
        assert seen.items() <= made.items()
        return len(seen), told


def _made(root: str) -> dict[str, bytes | None]:
    """Return what is below a directory, as the standard library sees it; no link is followed."""
    found: dict[str, bytes | None] = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = Path(folder, name)
            regular = path.is_file() and not path.is_symlink()
            found[os.path.relpath(path, root)] = path.read_bytes() if regular else None
    return found


_DEEPEST = 300
"""The standard library makes, walks and removes trees by calling itself."""


def _make(root: bytes, kind: bytes, path: bytes) -> None:
    """Make one entry with the directories above it, unless that is impossible or leads away."""
    parts = path.split(b"/")
    if {b"", b".", b".."} & set(parts) or len(parts) > _DEEPEST:
        return
    place = os.path.join(root, path)  # noqa: PTH118 - bytes
    parent = os.path.dirname(place)  # noqa: PTH120 - bytes
    if os.path.lexists(place) or os.path.realpath(parent) != parent:
        return  # it would be another's, or lie behind a link
    with contextlib.suppress(OSError):
        os.makedirs(parent, exist_ok=True)  # noqa: PTH103 - bytes
        match kind:
            case b"d":
                os.mkdir(place)  # noqa: PTH102 - bytes
            case b"l":
                os.symlink(b".", place)  # noqa: PTH211 - bytes
            case b"m":
                os.symlink(b"/nowhere", place)  # noqa: PTH211 - bytes
            case b"p":
                os.mkfifo(place)
            case _:
                Path(os.fsdecode(place)).write_bytes(parts[-1])


def _file(data: bytes) -> tuple[str, int, int]:
    """Open a file whose content says what it is."""
    data = summed(data)
    target = target_of(examined(_stored(data), LIMITS), "", _OPTIONS)
    if isinstance(target, Tree):
        assert target.if_empty
        return target.source, len(list(target.walk())), 0
    if isinstance(target, Layers):
        other = target.otherwise() if target.otherwise is not None else None
        assert other is None or len(other.inventory.packages) == 1
        return target.source, *_opened(target)
    assert isinstance(target, Listed)
    assert target.inventory.packages or target.source == "sbom"
    return target.source, len(target.inventory.packages), 0


def _blob(media_type: str, link: int, size: int) -> dict[str, object]:
    return {"mediaType": media_type, "digest": f"@{link}", "size": size}


def _layouts() -> Iterator[bytes]:
    """Give layouts of one image; sizes of what is linked are those after linking."""
    config = json.dumps(images.image_config([images.sha256(b"layer")])).encode()
    layer = b"layer"
    manifest: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": images.OCI_MANIFEST,
        "config": _blob(images.OCI_CONFIG, 2, len(config)),
        "layers": [_blob("application/vnd.oci.image.layer.v1.tar", 1, len(layer))],
    }
    text = json.dumps(manifest).encode()
    # A digest has 69 more bytes than the two that stand for it.
    entry: dict[str, object] = _blob(images.OCI_MANIFEST, 3, len(text) + 2 * 69)
    index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    again = {**_blob(images.OCI_INDEX, 4, len(index) + 69)}
    outer = json.dumps({"schemaVersion": 2, "manifests": [again]}).encode()
    named = {**entry, "annotations": {"org.opencontainers.image.ref.name": "a"}}
    several = json.dumps({"manifests": [named, {**named, "platform": {"os": "x"}}]}).encode()
    for switches, last in (
        (b"", index),
        (b"", outer),
        (b"", several),
        (b"\1", index),
        (b"\3", index),
        (b"\0\4", index),
        (b"\0\0\5", index),
        (b"\2\0\0\0\1", index),
    ):
        yield packed(switches, layer, config, text, index, last)


def _configs() -> Iterator[bytes]:
    auth = base64.b64encode(b"user:pass:word").decode()
    yield json.dumps(
        {
            "auths": {
                "https://index.docker.io/v1/": {"auth": auth},
                "a.example:5000/team": {"username": "u", "password": "p"},
                "docker.io": {"identitytoken": "x"},
            },
            "credHelpers": {"a.example:5000": "x"},
            "credsStore": "desktop",
        }
    ).encode()


def _files() -> Iterator[bytes]:
    yield from (data for data in package_samples.samples().values() if len(data) < 12_000)
    yield package_samples.npm("any")
    entries, manifest, _ = images.docker_image([images.layer_tar({"a": b"b"})])
    listed: dict[str, images.Content] = {"manifest.json": json.dumps([manifest]).encode()}
    yield images.layer_tar({**listed, **entries})
    for kind in ("none", "gzip", "zstd", "xz", "bzip2"):
        yield images.compress(images.layer_tar({"etc/os-release": b"ID=x\n"}), kind)
    yield b'{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"name":"a","type":"x"}]}'
    yield b"\x7fELF\x02\x01\x01" + bytes(64)


_REFUSED = (InputError, TargetError)

TARGETS = {
    "credentials": Target(
        "sources/_credentials.py",
        _credentials,
        _configs,
        "a user has a password that can be sent; nothing in the usual places is an error",
        words=(*_JSON, b'"auths":{', b'"auth":"', b'"username":"', b"docker.io", b"/v1/"),
        most=2000,
    ),
    "oci-layout": Target(
        "sources/_layout.py",
        _read_layout,
        _layouts,
        "a directory and the tar of it hold the same image",
        allowed=_REFUSED,
        words=(*_JSON, b"@1", b"@2", b"@3", b'"manifests":[', b'"config":{', b'"size":'),
    ),
    "directory": Target(
        "sources/_walk.py, sources/_rootfs.py, sources/_project.py",
        _tree,
        lambda: [b"fetc/os-release\0fa/b/c\0la/link\0ma/other\0dempty\0pa/pipe\0f\xff\0fgo.mod"],
        "what is there is given once, parents first, and no link is followed",
        allowed=_REFUSED,
        words=(b"\0f", b"\0d", b"\0l", b"\0p", b"/", b"go.mod", b"x.tar", b"\xff", b"\n"),
        most=3000,
    ),
    "any-file": Target(
        "sources/_content.py, sources/_opened.py",
        _file,
        _files,
        "it is a target, or refused",
        allowed=_REFUSED,
        words=(*_JSON, b"ustar\x0000", b"manifest.json", b"index.json", b"\x1f\x8b", b"PK\3\4"),
        most=12_288,
    ),
}
