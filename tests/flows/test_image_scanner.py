"""``scan --scanners image``: from layers to findings in every format."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from dunnage.cli._main import run
from dunnage.io.folder import names
from images import write_oci_dir
from parsers.test_elf_dynamic import tiny
from support import data_root, need
from surfaces import Item, tar_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Scanned = Callable[..., tuple[int, bytes, bytes]]

KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0IHRoYXQgbm9ib2R5IG1heSBzZWU\n"
SECRET = b"c2VjcmV0IHRoYXQgbm9ib2R5IG1heSBzZWU"
LOADER = b"/lib64/ld-linux-x86-64.so.2"


@pytest.fixture
def scanned(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Scanned:
    """Run the scanner and return exit code, standard output and standard error."""

    def call(*arguments: str) -> tuple[int, bytes, bytes]:
        fixed = ["scan", f"--cache-dir={tmp_path}/cache", "--offline", "--scanners=image"]
        code = run([*fixed, *arguments], {})
        return (code, *capsysbinary.readouterr())

    return call


@pytest.fixture
def image(tmp_path: Path) -> str:
    """An image with one of everything that is wrong in files."""
    base = tar_of(
        Item("etc/os-release", b'ID=alpine\nVERSION_ID=3.19.4\nNAME="Alpine Linux"\n'),
        Item("etc/shadow", b"root::1::::::\n", 0o640),
        Item("root/.ssh/id_ed25519", KEY, 0o600),
        Item("srv", None, 0o777),
        Item("opt/su", tiny(interpreter=b""), 0o4755),
        Item("opt/glibc", tiny(interpreter=LOADER), 0o755),
        Item("big", bytes(2_000_000)),
    )
    upper = tar_of(Item("root/.ssh/.wh.id_ed25519"), Item(".wh.big"))
    write_oci_dir(tmp_path / "image", [base, upper])
    return f"oci-dir:{tmp_path}/image"


def ids(document: dict[str, Any]) -> set[str]:
    """Return the names of all open findings."""
    found = (f for s in document["subjects"] for f in s["findings"])
    return {f["id"] for f in found if f["status"] == "open"}


def test_findings_of_an_image(image: str, scanned: Scanned) -> None:
    """Each with its place, layer and fingerprint; no advisory data is asked for."""
    code, out, _ = scanned(image, "-o", "json")
    document = json.loads(out)
    assert code == 0
    assert document["subjects"][0]["scanners"] == ["image"]
    assert ids(document) == {
        "image/credential-file",
        "image/empty-password",
        "image/missing-label",
        "image/root-user",
        "image/setuid-file",
        "image/unstartable-program",
        "image/wasted-bytes",
        "image/world-writable-directory",
    }
    by_id = {f["id"]: f for f in document["subjects"][0]["findings"]}
    place = by_id["image/credential-file"]["locations"][0]
    assert (place["path"], place["layer"]) == ("root/.ssh/id_ed25519", 0)
    assert place["layer_digest"].startswith("sha256:")
    assert all(f["fingerprint"] for f in by_id.values())
    assert {rule["id"] for rule in document["rules"]} == ids(document)


@pytest.mark.parametrize("form", [name for name in names("dunnage.render") if name != "template"])
def test_every_format_writes_it_and_none_shows_the_secret(
    form: str, image: str, scanned: Scanned
) -> None:
    """Formats for findings name the rule; SBOMs list packages only."""
    code, out, _ = scanned(image, "-o", form)
    assert code == 0
    assert SECRET not in out
    if not form.startswith(("spdx", "syft", "github-snapshot")):
        assert b"credential-file" in out.lower()


def test_the_cache_holds_no_secret(image: str, scanned: Scanned, tmp_path: Path) -> None:
    """What is kept between runs tells where a credential is, not what it is."""
    scanned(image)
    from dunnage.io.decompress import zstd_decompress

    kept = list((tmp_path / "cache/layers").iterdir())
    assert kept
    for path in kept:
        body = path.read_bytes()
        start = body.index(b"\n") + 33
        assert SECRET not in zstd_decompress(body[start:], 1 << 28)


def test_gate_and_convert(
    image: str, scanned: Scanned, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The findings fail a gate as all others do, and come back from a stored report."""
    code, _, _ = scanned(image, "--fail-on", "high", f"-o=json={tmp_path}/r.json", "-o", "table")
    assert code == 1
    assert run(["convert", f"{tmp_path}/r.json", "-o", "json"], {}) == 1
    assert capsysbinary.readouterr().out == (tmp_path / "r.json").read_bytes()


def test_the_same_files_as_a_directory(image: str, scanned: Scanned, tmp_path: Path) -> None:
    """A root file system has no configuration and no layers; all the rest is found in it."""
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/shadow").write_bytes(b"root::1::::::\n")
    (root / "etc/os-release").write_bytes(b"ID=alpine\nVERSION_ID=3.19.4\n")
    (root / "opt").mkdir()
    (root / "opt/su").write_bytes(tiny(interpreter=b""))
    (root / "opt/su").chmod(0o4755)
    (root / "opt/other").hardlink_to(root / "opt/su")
    (root / "id").write_bytes(KEY)
    del image
    _, out, _ = scanned(f"dir:{root}", "-o", "json")
    document = json.loads(out)
    assert ids(document) == {"image/credential-file", "image/empty-password", "image/setuid-file"}
    surface = document["subjects"][0]["surface"]
    assert surface["unpacked_bytes"] == surface["layer_bytes"]
    assert surface["executables"] == 1


def test_an_sbom_has_no_files(scanned: Scanned, tmp_path: Path) -> None:
    """What has no files is not examined, and that is said: exit code 3."""
    path = tmp_path / "sbom.json"
    path.write_text('{"bomFormat":"CycloneDX","specVersion":"1.5","components":[]}')
    code, out, _ = scanned(f"sbom:{path}")
    assert code == 3
    assert "image was asked for and not examined" in " ".join(out.decode().split())


@pytest.mark.judge
def test_layers_that_umoci_made(scanned: Scanned, tmp_path: Path) -> None:
    """Real Alpine, changed step by step; and its unpacked directory says the same."""
    need("umoci", "setcap")
    if os.geteuid():
        pytest.skip("only root can set file capabilities and owners")
    layout, bundle = f"{tmp_path}/img", tmp_path / "b"
    root = bundle / "rootfs"

    def umoci(*words: str) -> None:
        subprocess.run(["umoci", *words], check=True, capture_output=True)

    def repack(made: str) -> None:
        options = ("--refresh-bundle", "--image", f"{layout}:x", "--history.created_by", made)
        umoci("repack", *options, str(bundle))

    umoci("init", "--layout", layout)
    umoci("new", "--image", f"{layout}:x")
    umoci("unpack", "--image", f"{layout}:x", str(bundle))
    alpine = data_root() / "images/alpine/alpine-minirootfs-3.19.4-x86_64.tar.gz"
    subprocess.run(["tar", "xzf", alpine, "-C", root], check=True)
    repack("ADD rootfs")
    (root / "key").write_bytes(KEY)
    (root / "big").write_bytes(os.urandom(3_000_000))
    (root / "owned").write_bytes(os.urandom(2_000_000))
    shutil.copy(root / "bin/busybox", root / "usr/local/bin/cap")
    (root / "usr/local/bin/glibc").write_bytes(tiny(interpreter=LOADER))
    (root / "usr/local/bin/glibc").chmod(0o755)
    subprocess.run(["setcap", "cap_sys_admin+ep", root / "usr/local/bin/cap"], check=True)
    repack("RUN make all")
    (root / "key").unlink()
    (root / "big").unlink()
    os.chown(root / "owned", 5, 5)
    repack("RUN clean up")
    _, out, _ = scanned(f"oci-dir:{layout}", "-o", "json")
    (subject,) = json.loads(out)["subjects"]
    surface = subject["surface"]
    assert [(w["cause"], w["layer"], w["by"], w["path"]) for w in surface["waste"]] == [
        ("deleted", 1, 2, "big"),
        ("metadata-only", 1, 2, "owned"),
    ]
    assert surface["waste"][0]["size"] == 3_000_000 + len(KEY)
    assert surface["wasted_bytes"] == 5_000_000 + len(KEY)
    messages = {f["id"]: f["message"] for f in subject["findings"]}
    assert "(RUN make all)" in messages["image/credential-file"]
    assert "(RUN clean up)" in messages["image/wasted-bytes"]
    assert "cap_sys_admin" in messages["image/file-capability"]
    assert "it was built for glibc, and here is musl" in messages["image/unstartable-program"]
    _, out, _ = scanned(f"dir:{root}", "-o", "json")
    tree = json.loads(out)["subjects"][0]["surface"]
    for key in ("unpacked_bytes", "files", "links", "executables", "libc", "class"):
        assert tree[key] == surface[key], key
    for key in ("programs", "privileged", "unlinked"):
        same = [{**row, "layer": None} for row in surface[key]]
        assert tree[key] == same, key


@pytest.mark.judge
def test_wasted_bytes_of_an_image_that_buildah_made(scanned: Scanned, tmp_path: Path) -> None:
    """Another maker: copied, deleted and changed files in layers of its own."""
    need("buildah")
    (tmp_path / "Dockerfile").write_text(
        "FROM scratch\nCOPY a b /\nCOPY --chown=7:7 a /\nCOPY c /b\n"
    )
    for name, size in (("a", 1_500_000), ("b", 2_500_000), ("c", 100)):
        (tmp_path / name).write_bytes(os.urandom(size))
    storage = ("--storage-driver=vfs", f"--root={tmp_path}/st", f"--runroot={tmp_path}/rr")
    build = ["bud", "-q", "--layers", "--isolation=chroot", "-t", "x", str(tmp_path)]
    push = ["push", "-q", "x", f"oci:{tmp_path}/img:x"]
    for command in (build, push):
        done = subprocess.run(["buildah", *storage, *command], capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"buildah cannot build here: {done.stderr.decode()[-200:]}")
    _, out, _ = scanned(f"oci-dir:{tmp_path}/img", "-o", "json")
    surface = json.loads(out)["subjects"][0]["surface"]
    assert surface["unpacked_bytes"] == 1_500_100
    found = {(w["cause"], w["path"], w["size"], w["layer"], w["by"]) for w in surface["waste"]}
    assert ("overwritten", "b", 2_500_000, 0, 2) in found
    assert surface["wasted_bytes"] == 4_000_000
