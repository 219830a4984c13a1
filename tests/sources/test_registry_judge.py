"""Images from a real ``docker-registry``, put there by ``skopeo``."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from dunnage.io.http import Http
from dunnage.model.errors import TargetError
from dunnage.model.target import Layers
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from images import layer_tar, sha256, write_oci_dir
from registry import command as run
from registry import registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.judge

ONE = layer_tar({"etc/os-release": b"ID=one\n"})
TWO = layer_tar({"etc/hostname": b"two\n"})
# bcrypt of "pass:word", as ``htpasswd -nbB`` writes it
HTPASSWD = "me:$2b$05$DZAYAFAUOXkkzyBI6ku4QuS5bhYBv7.x0Qxejl.5wgDnuHh0dntj2\n"


def options(platform: str = "linux/amd64", **environ: str) -> Options:
    """Return options with nothing in the environment but what is given."""
    return Options(platform=platform, http=Http(timeout=10), environ=environ)


def opened(text: str, with_options: Options) -> Layers:
    """Open an image."""
    target = open_target(text, with_options)
    assert isinstance(target, Layers)
    return target


def digests(target: Layers) -> list[str]:
    """Return the digests of what the layers really hold."""
    found = []
    for layer in target.image.layers:
        with target.open(layer) as file:
            found.append(sha256(file.read()))
    return found


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("form", ["oci", "v2s2"])
def test_what_skopeo_pushed_is_what_we_read(tmp_path: Path, compression: str, form: str) -> None:
    """As OCI and as Docker manifest: digests as skopeo says, and layers that have them."""
    if (compression, form) == ("zstd", "v2s2"):
        pytest.skip("Docker's schema 2 has no zstd layers")
    with registry(tmp_path) as host:
        write_oci_dir(tmp_path / "image", [ONE, TWO], compression=compression)
        name = f"{host}/team/app:1"
        source = f"oci:{tmp_path / 'image'}:latest"
        run(
            "skopeo",
            "copy",
            "-q",
            "--dest-tls-verify=false",
            "-f",
            form,
            source,
            f"docker://{name}",
        )
        said = json.loads(run("skopeo", "inspect", "--tls-verify=false", f"docker://{name}"))
        for text in (name, f"registry:{name}", f"{host}/team/app@{said['Digest']}"):
            target = opened(text, options())
            assert target.image.digest == said["Digest"]
            assert digests(target) == said["Layers"]
            assert [layer.digest for layer in target.image.layers] == said["Layers"]
            assert [x.diff_id for x in target.image.layers] == [sha256(ONE), sha256(TWO)]
            assert str(target.image.platform) == "linux/amd64"
        for missing in (f"{host}/team/app:2", f"{host}/none:1", f"{host}/team/app@{sha256(b'')}"):
            with pytest.raises(TargetError, match="no such image"):
                opened(missing, options())


def test_platforms_of_a_pushed_index(tmp_path: Path) -> None:
    """``skopeo copy --all`` pushes every platform; each is found, others are listed."""
    layout = tmp_path / "image"
    made = {
        name: write_oci_dir(layout, [ONE], tag="", platform=("linux", name)).manifest
        for name in ("amd64", "arm64")
    }
    inner = json.loads((layout / "index.json").read_bytes())
    from images import add_to_index, put_blob

    entry = put_blob(layout, json.dumps(inner).encode(), inner["mediaType"])
    (layout / "index.json").unlink()
    add_to_index(layout, entry | {"annotations": {"org.opencontainers.image.ref.name": "all"}})
    with registry(tmp_path) as host:
        copy = ["skopeo", "copy", "-q", "--all", "--dest-tls-verify=false"]
        run(*copy, f"oci:{layout}:all", f"docker://{host}/multi:1")
        for name, digest in made.items():
            target = opened(f"{host}/multi:1", options(f"linux/{name}"))
            assert (target.image.digest, target.image.platform.architecture) == (digest, name)
        with pytest.raises(TargetError, match="s390x") as caught:
            opened(f"{host}/multi:1", options("linux/s390x"))
        assert "linux/amd64, linux/arm64" in caught.value.advice


def logins(folder: Path, host: str, password: str) -> Iterator[Mapping[str, str]]:
    """Give the ways to log in, as environments."""
    auth = b64encode(f"me:{password}".encode()).decode()
    config = json.dumps({"auths": {host: {"auth": auth}}})
    (folder / "config.json").write_text(config)
    (folder / "auth.json").write_text(config)
    yield {"DUNNAGE_REGISTRY_USERNAME": "me", "DUNNAGE_REGISTRY_PASSWORD": password}
    yield {"DOCKER_CONFIG": str(folder)}
    yield {"REGISTRY_AUTH_FILE": str(folder / "auth.json")}


def test_basic_authentication_with_a_real_registry(tmp_path: Path) -> None:
    """Right and wrong passwords, from each place they may be kept in."""
    if shutil.which("htpasswd") is not None:
        htpasswd = run("htpasswd", "-nbB", "me", "pass:word")
    else:
        htpasswd = HTPASSWD
    write_oci_dir(tmp_path / "image", [ONE])
    with registry(tmp_path, htpasswd.strip() + "\n") as host:
        copy = ["skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds", "me:pass:word"]
        run(*copy, f"oci:{tmp_path / 'image'}:latest", f"docker://{host}/app:1")
        for environ in logins(tmp_path, host, "pass:word"):
            target = opened(f"{host}/app:1", options(**environ))
            assert digests(target) == [layer.digest for layer in target.image.layers]
        for environ in logins(tmp_path, host, "wrong"):
            with pytest.raises(TargetError, match="refuses the credentials"):
                opened(f"{host}/app:1", options(**environ))
        with pytest.raises(TargetError, match="wants a login"):
            opened(f"{host}/app:1", options())
