"""Images straight from a registry, against a small registry inside the test."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from dunnage.io.http import Http
from dunnage.model.errors import InputError, TargetError, UsageError
from dunnage.model.limits import Limits
from dunnage.model.target import Layers
from dunnage.sources._challenge import Challenge, challenges
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options, Registries
from images import OCI_INDEX, OCI_MANIFEST, compress, layer_tar, sha256, write_oci_dir
from webserver import Answer, Asked, Server, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dunnage.model.image import Layer

LAYER = layer_tar({"etc/os-release": b"ID=one\n"})
BLOB = compress(LAYER, "gzip")


def options(**environ: str) -> Options:
    """Return options with nothing in the environment but what is given."""
    http = Http(timeout=5)
    http._pause = 0.01
    return Options(platform="linux/amd64", http=http, environ=environ)


def opened(server: Server, name: str = "team/app:1", with_options: Options | None = None) -> Layers:
    """Open an image of a server."""
    target = open_target(f"{server.host}/{name}", with_options or options())
    assert isinstance(target, Layers)
    return target


@dataclass
class Registry:
    """A registry of one repository ``team/app``, filled from an OCI layout.

    Attributes:
        folder: The layout.
        token: Bearer token it wants, or empty for none.
        realm: Where tokens are.
        changed: Answers by path that replace the right ones.
    """

    folder: Path
    token: str = ""
    realm: str = ""
    changed: dict[str, Answer] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Answer:
        """Answer a request (OCI distribution-spec 1.1, pull)."""
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            parameters = f'realm="{self.realm}",service="it",scope="repository:team/app:pull"'
            return Answer(401, headers={"WWW-Authenticate": f"Bearer {parameters}"})
        if asked.path in self.changed:
            return self.changed[asked.path]
        _, _, kind, name = asked.path.removeprefix("/v2/").split("/", 3)
        if kind == "manifests" and name == "1":
            index = json.loads((self.folder / "index.json").read_bytes())
            name = index["manifests"][0]["digest"]
            if len(index["manifests"]) > 1:
                data = (self.folder / "index.json").read_bytes()
                return self._manifest(data, OCI_INDEX)
        path = self.folder / "blobs/sha256" / name.removeprefix("sha256:")
        if not path.is_file():
            return Answer(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
        if kind == "manifests":
            return self._manifest(path.read_bytes(), OCI_MANIFEST)
        return Answer(200, path.read_bytes())

    def _manifest(self, data: bytes, media_type: str) -> Answer:
        headers = {"Content-Type": media_type, "Docker-Content-Digest": sha256(data)}
        return Answer(200, data, headers)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Return a registry with one image."""
    write_oci_dir(tmp_path / "image", [LAYER])
    return Registry(tmp_path / "image")


def first_layer(target: Layers) -> bytes:
    """Return the stored bytes of the first layer."""
    with target.open(target.image.layers[0]) as file:
        return file.read()


def test_an_image_is_read_without_login(registry: Registry) -> None:
    """Manifest, configuration and layer, all by their digests; the layer is streamed twice."""
    with serving(registry) as server:
        target = opened(server)
        assert (first_layer(target), first_layer(target)) == (BLOB, BLOB)
        layer = target.image.layers[0]
        assert (layer.digest, layer.diff_id, layer.size) == (sha256(BLOB), sha256(LAYER), len(BLOB))
        assert target.image.reference == f"{server.host}/team/app:1"
        assert (target.source, target.note) == ("registry", "")
        assert "manifest.list.v2" in server.asked[0].headers["accept"]
        by_digest = opened(server, f"team/app@{target.image.digest}")
        assert by_digest.image.layers == target.image.layers


def test_the_platform_is_chosen_from_an_index(registry: Registry) -> None:
    """Only the manifest for the platform is fetched."""
    arm = write_oci_dir(registry.folder, [LAYER], platform=("linux", "arm64"))
    with serving(registry) as server:
        wanted = replace(options(), platform="linux/arm64")
        assert opened(server, with_options=wanted).image.digest == arm.manifest
        assert len(server.asked) == 3
        with pytest.raises(TargetError, match="no image for linux/s390x"):
            opened(server, with_options=replace(wanted, platform="linux/s390x"))
        with pytest.raises(UsageError, match="platform"):
            opened(server, with_options=replace(wanted, platform="a/b/c/d"))


def token_server(tokens: list[str]) -> Callable[[Asked], Answer]:
    """Return a token server that gives one token after the other."""

    def answer(asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.path).query)
        assert query == {"service": ["it"], "scope": ["repository:team/app:pull"]}
        return Answer(200, json.dumps({"token": tokens.pop(0)}).encode())

    return answer


def test_tokens_are_fetched_once_and_again_when_they_expire(registry: Registry) -> None:
    """Anonymous tokens; after the registry forgets the token, one 401 leads to a new one."""
    registry.token = "first"
    with serving(token_server(["first", "second"])) as tokens, serving(registry) as server:
        registry.realm = f"{tokens.url}/token"
        target = opened(server)
        assert len(tokens.asked) == 1
        assert "authorization" not in tokens.asked[0].headers
        registry.token = "second"
        assert first_layer(target) == BLOB
        assert len(tokens.asked) == 2


def docker_config(folder: Path, host: str) -> Path:
    """Write Docker's configuration file and return its directory."""
    auth = b64encode(b"me:pass:word").decode()
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
    return folder


def test_credentials_go_to_the_token_server(registry: Registry, tmp_path: Path) -> None:
    """From Docker's configuration, for the registry they are for and no other."""
    registry.token = "t"
    with serving(token_server(["t", "t"])) as tokens, serving(registry) as server:
        registry.realm = f"{tokens.url}/token"
        folder = docker_config(tmp_path / "docker", f"https://{server.host}/v2/")
        opened(server, with_options=options(DOCKER_CONFIG=str(folder)))
        assert tokens.asked[0].headers["authorization"] == (
            "Basic " + b64encode(b"me:pass:word").decode()
        )
        docker_config(tmp_path / "docker", "other.example")
        opened(server, with_options=options(DOCKER_CONFIG=str(folder)))
        assert "authorization" not in tokens.asked[1].headers


def test_basic_authentication(registry: Registry) -> None:
    """User and password from the environment; they are sent only once asked for."""
    right = "Basic " + b64encode(b"me:secret").decode()

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("authorization") == right:
            return registry(asked)
        return Answer(401, headers={"WWW-Authenticate": 'Basic realm="x, y"'})

    with serving(answer) as server:
        names = ("DUNNAGE_REGISTRY_USERNAME", "DUNNAGE_REGISTRY_PASSWORD")
        target = opened(
            server, with_options=options(**dict(zip(names, ("me", "secret"), strict=True)))
        )
        assert first_layer(target) == BLOB
        assert "authorization" not in server.asked[0].headers
        with pytest.raises(TargetError, match="refuses the credentials") as caught:
            opened(server, with_options=options(**dict(zip(names, ("me", "wrong"), strict=True))))
        with pytest.raises(TargetError, match="refuses the credentials"):  # bytes that are no UTF-8
            opened(server, with_options=options(**dict.fromkeys(names, "\udcff")))
        assert "DUNNAGE_REGISTRY_USERNAME" in caught.value.message
        assert "wrong" not in f"{caught.value} {caught.value.advice}"
        with pytest.raises(TargetError, match="wants a login"):
            opened(server)


def test_blobs_elsewhere_get_no_credentials(registry: Registry) -> None:
    """A redirect to another host carries no Authorization."""
    registry.token = "t"
    with (
        serving(lambda _: Answer(200, BLOB)) as store,
        serving(token_server(["t"])) as tokens,
        serving(registry) as server,
    ):
        registry.realm = f"{tokens.url}/token"
        path = f"/v2/team/app/blobs/{sha256(BLOB)}"
        location = {"Location": f"{store.url}/elsewhere"}
        registry.changed[path] = Answer(307, headers=location)
        assert first_layer(opened(server)) == BLOB
        assert "authorization" not in store.asked[0].headers


def test_a_store_that_asks_for_a_login_gets_none(registry: Registry) -> None:
    """Only the registry itself may ask who we are."""
    challenge = {"WWW-Authenticate": "Basic realm=x"}
    with serving(lambda _: Answer(401, headers=challenge)) as store, serving(registry) as server:
        path = f"/v2/team/app/blobs/{sha256(BLOB)}"
        registry.changed[path] = Answer(307, headers={"Location": f"{store.url}/x"})
        login = options(DUNNAGE_REGISTRY_USERNAME="me", DUNNAGE_REGISTRY_PASSWORD="secret")
        target = opened(server, with_options=login)
        with pytest.raises(InputError):
            first_layer(target)
        assert [asked.headers.get("authorization") for asked in store.asked] == [None]


@pytest.mark.parametrize(
    ("answer", "message", "advice"),
    [
        (Answer(404), "no such image", "check name and tag"),
        (Answer(403), "wants a login", "docker login"),
        (Answer(401), "wants a login", "docker login"),
        (Answer(429, headers={"Retry-After": "900"}), "less often", "log in"),
        (Answer(500), r"failed \(500\)", "later"),
        (Answer(418), "status 418", ""),
        (Answer(200, b"<html>"), "not JSON", ""),
        (Answer(200, b"{}"), "not an image manifest", ""),
        (Answer(200, b" " * 2000), "larger than", ""),
        (Answer(200, b"{}", {"Docker-Content-Digest": "sha256:x"}), "no digest", ""),
        (Answer(200, b"{}", {"Docker-Content-Digest": sha256(b"")}), "digest", "tampered"),
        (Answer(200, b"{}", {"Content-Length": "9"}), "broke", "again"),
    ],
)
def test_each_failure_is_one_clear_message(
    registry: Registry, answer: Answer, message: str, advice: str
) -> None:
    """The place is named, and what to do next."""
    registry.changed["/v2/team/app/manifests/1"] = answer
    with serving(registry) as server:
        small = replace(options(), limits=Limits(manifest_bytes=1000))
        with pytest.raises(TargetError, match=message) as caught:
            opened(server, with_options=small)
    assert server.host in caught.value.where
    assert advice in caught.value.advice


def test_other_content_than_the_digest_asked_for_is_refused(registry: Registry) -> None:
    """Even if the registry says it is the right one."""
    asked = sha256(b"asked")
    data = (registry.folder / "index.json").read_bytes()
    registry.changed[f"/v2/team/app/manifests/{asked}"] = Answer(
        200, data, {"Docker-Content-Digest": asked}
    )
    with serving(registry) as server, pytest.raises(TargetError, match="digest"):
        opened(server, f"team/app@{asked}")


def test_a_missing_layer_is_an_input_error(registry: Registry) -> None:
    """So that the other layers can be examined."""
    registry.changed[f"/v2/team/app/blobs/{sha256(BLOB)}"] = Answer(404)
    with serving(registry) as server:
        target = opened(server)
        with pytest.raises(InputError, match="no such blob") as caught:
            first_layer(target)
        assert caught.value.where == sha256(BLOB)


def foreign(folder: Path) -> str:
    """Make the layer of an image a foreign one, and return the digest of its new manifest."""
    index = json.loads((folder / "index.json").read_bytes())
    blobs = folder / "blobs/sha256"
    entry = index["manifests"][0]
    manifest = json.loads((blobs / entry["digest"].removeprefix("sha256:")).read_bytes())
    manifest["layers"][0] |= {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "urls": ["http://127.0.0.1:1/never/asked"],
    }
    data = json.dumps(manifest).encode()
    (blobs / sha256(data).removeprefix("sha256:")).write_bytes(data)
    entry |= {"digest": sha256(data), "size": len(data)}
    (folder / "index.json").write_text(json.dumps(index))
    return sha256(data)


def test_a_foreign_layer_is_named_and_not_fetched_from_elsewhere(registry: Registry) -> None:
    """One the registry has is read like any other; else its addresses are not followed."""
    digest = foreign(registry.folder)
    with serving(registry) as server:
        target = opened(server)
        assert target.image.digest == digest
        assert first_layer(target) == BLOB
        registry.changed[f"/v2/team/app/blobs/{sha256(BLOB)}"] = Answer(404)
        with pytest.raises(InputError, match=r"foreign layer.*no such blob") as caught:
            first_layer(target)
        assert caught.value.where == sha256(BLOB)
        assert "foreign layers" in caught.value.advice


def test_layers_are_read_side_by_side(tmp_path: Path) -> None:
    """The registry answers none of three before all are asked for."""
    tars = [layer_tar({"n": bytes([n])}) for n in range(3)]
    write_oci_dir(tmp_path / "image", tars, compression="none")
    inner = Registry(tmp_path / "image", token="t")
    barrier = threading.Barrier(3, timeout=5)

    def answer(asked: Asked) -> Answer:
        if any(sha256(tar) in asked.path for tar in tars) and "authorization" in asked.headers:
            barrier.wait()
        return inner(asked)

    with serving(token_server(["t"])) as tokens, serving(answer) as server:
        inner.realm = f"{tokens.url}/token"
        target = opened(server)

        def read(layer: Layer) -> str:
            with target.open(layer) as file:
                return sha256(file.read())

        with ThreadPoolExecutor(3) as pool:
            found = list(pool.map(read, target.image.layers))
        assert found == [sha256(tar) for tar in tars]
        assert len(tokens.asked) == 1


def test_plain_http_is_for_this_machine_only() -> None:
    """Elsewhere it is https, unless somebody wants it otherwise."""
    from dunnage.sources._endpoints import is_local

    local = ["localhost", "localhost:5000", "127.0.0.1:1", "127.9.9.9", "[::1]:5000"]
    assert all(is_local(host) for host in local)
    remote = [
        "example.com",
        "10.0.0.1:5000",
        "localhost.example.com",
        "127.0.0.1.nip.io",
        "[fe80::1]",
    ]
    assert not any(is_local(host) for host in remote)
    offline = replace(options(), http=Http(offline=True))

    def asked(*plain: str) -> str:
        named = replace(offline, registries=Registries(plain_http=plain))
        with pytest.raises(TargetError) as caught:
            open_target("10.0.0.1:5000/a", named)
        return caught.value.where

    assert asked() == "https://10.0.0.1:5000/v2/a/manifests/latest"
    assert asked("10.0.0.1:5001", "0.0.1:5000", "") == asked()
    assert asked("10.0.0.1:5000") == asked("http://10.0.0.1/") == asked().replace("https", "http")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (
            'Bearer realm="https://a/t?x=1,2",service="s",scope="a:b,c"',
            (Challenge("bearer", "https://a/t?x=1,2", "s", "a:b,c"),),
        ),
        ("Basic", (Challenge("basic"),)),
        ('Basic realm="a\\"b"', (Challenge("basic", 'a"b'),)),
        (
            'Basic realm="x", Bearer realm=y, error="invalid_token"',
            (Challenge("basic", "x"), Challenge("bearer", "y", error="invalid_token")),
        ),
        ("Negotiate, Basic realm=z", (Challenge("negotiate"), Challenge("basic", "z"))),
        ("", ()),
    ],
)
def test_challenges(header: str, found: tuple[Challenge, ...]) -> None:
    """RFC 9110 11.6.1: several challenges, quoted strings with commas, tokens."""
    assert challenges(header) == found
