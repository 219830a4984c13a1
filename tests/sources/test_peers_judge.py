"""Archives and layouts as other tools write them: ``skopeo`` converts, we read."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from dunnage.io.http import Http
from dunnage.model.target import Layers
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from images import layer_tar, sha256, write_oci_dir
from support import need

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.judge

LAYERS = [
    layer_tar({"etc/os-release": b"ID=one\n", "big": b"x" * 100_000}),
    layer_tar({"etc/hostname": b"two\n"}),
]


@pytest.mark.parametrize("kind", ["docker-archive", "oci-archive", "oci"])
@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_what_skopeo_writes_is_what_we_read(tmp_path: Path, kind: str, compression: str) -> None:
    """The uncompressed layers of every conversion are the ones it started from."""
    need("skopeo")
    if (kind, compression) == ("docker-archive", "zstd"):
        pytest.skip("skopeo cannot put zstd layers into a docker archive")
    written = write_oci_dir(tmp_path / "image", LAYERS, compression=compression)
    goal = tmp_path / "goal"
    source = f"oci:{tmp_path / 'image'}:latest"
    command = ["skopeo", "copy", "-q", source, f"{kind}:{goal}:team/app:1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    target = open_target(str(goal), Options(http=Http(offline=True), platform="linux/amd64"))
    assert isinstance(target, Layers)
    assert target.source == {"oci": "oci-dir"}.get(kind, kind)
    assert [layer.diff_id for layer in target.image.layers] == list(written.diff_ids)
    assert [layer.created_by for layer in target.image.layers] == ["layer 0", "layer 1"]
    assert target.problems == ()
    for layer in target.image.layers:
        with target.open(layer) as file:
            stored = file.read()
        assert sha256(stored) in {layer.digest, layer.diff_id}
        assert len(stored) == layer.size
    chosen = open_target(f"{target.source}:{goal}#team/app:1", Options(platform="linux/amd64"))
    assert isinstance(chosen, Layers)
    assert chosen.image.layers == target.image.layers
