"""What a user settles about registries gets through from flag, environment and file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from images import OCI_MANIFEST, add_to_index, layer_tar, put_blob, sha256, write_oci_dir
from processes import run
from webserver import Answer, Asked, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAYER = layer_tar({"etc/os-release": b"ID=alpine\nVERSION_ID=3.19.1\n"})


def registry(folder: Path, digest: str) -> Callable[[Asked], Answer]:
    """Return a registry of one image."""

    def answer(asked: Asked) -> Answer:
        kind, name = asked.path.rsplit("/", 2)[1:]
        name = name if ":" in name else digest
        path = folder / "blobs/sha256" / name.removeprefix("sha256:")
        if not path.is_file():
            return Answer(404)
        told = {"Content-Type": OCI_MANIFEST} if kind == "manifests" else {}
        return Answer(200, path.read_bytes(), told)

    return answer


@pytest.mark.parametrize("origin", ["flag", "environment", "file"])
def test_a_mirror_may_be_named_in_three_ways(tmp_path: Path, origin: str) -> None:
    """The registry itself does not exist; the report says what was read instead."""
    made = write_oci_dir(tmp_path / "image", [LAYER], compression="none")
    words: list[str] = []
    environ: dict[str, str] = {}
    with serving(registry(tmp_path / "image", made.manifest)) as server:
        mirror = f"registry.invalid={server.host}"
        if origin == "flag":
            words += ["--registry-mirrors", mirror]
        elif origin == "environment":
            environ["DUNNAGE_REGISTRY_MIRRORS"] = mirror
        else:
            (tmp_path / "dunnage.toml").write_text(f'[scan]\nregistry-mirrors = ["{mirror}"]\n')
        done = run(
            "sbom",
            "registry.invalid/app:1",
            "-ojson",
            *words,
            f"--cache-dir={tmp_path / 'cache'}",
            "--platform=linux/amd64",
            cwd=tmp_path,
            environ=environ,
        )
        assert done.returncode == 0, done.stderr
        assert f"read from the mirror {server.host}" in done.stdout


def test_a_foreign_layer_makes_a_report_incomplete(tmp_path: Path) -> None:
    """The other layers are examined, and the problem names the one that is missing."""
    folder = tmp_path / "image"
    other = layer_tar({"x": b"1"})
    made = write_oci_dir(folder, [LAYER, other], compression="none")
    path = folder / "blobs/sha256"
    manifest = json.loads((path / made.manifest.removeprefix("sha256:")).read_bytes())
    kind = "application/vnd.oci.image.layer.nondistributable.v1.tar"
    manifest["layers"][1] |= {"mediaType": kind, "urls": ["http://127.0.0.1:1/x"]}
    (path / sha256(other).removeprefix("sha256:")).unlink()
    entry = put_blob(folder, json.dumps(manifest).encode(), OCI_MANIFEST)
    add_to_index(folder, entry)
    with serving(registry(folder, entry["digest"])) as server:
        cache = f"--cache-dir={tmp_path / 'cache'}"
        done = run("sbom", f"{server.host}/app:1", "-ojson", cache, "--platform=linux/amd64")
    assert done.returncode == 3, done.stderr
    assert "a foreign layer, which its publisher keeps elsewhere" in done.stdout
    assert sha256(other) in done.stdout
    assert '"alpine"' in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--ca-file", "/nonexistent/ca.pem"), "no such file of certificate authorities"),
        (("--registry-mirrors", "docker.io"), "not a registry mirror"),
    ],
)
def test_settings_nobody_can_mean_are_usage_errors(words: tuple[str, str], told: str) -> None:
    """Before anything is asked for."""
    done = run("sbom", "registry.invalid/app:1", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
