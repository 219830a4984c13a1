"""Real registries with TLS, client certificates, mirrors, and behind a proxy."""

from __future__ import annotations

import socket
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from dunnage.io.http import Http
from dunnage.model.errors import InputError, TargetError, UsageError
from dunnage.model.target import Layers
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options, Registries
from images import layer_tar, sha256, write_oci_dir
from proxy import connecting
from registry import copied, registry
from tls import Authority, Pair

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.judge

ONE = layer_tar({"etc/os-release": b"ID=one\n"})
HTPASSWD = "me:$2b$05$DZAYAFAUOXkkzyBI6ku4QuS5bhYBv7.x0Qxejl.5wgDnuHh0dntj2\n"  # pass:word


def opened(text: str, options: Options) -> Layers:
    """Open an image and read all its layers."""
    target = open_target(text, options)
    assert isinstance(target, Layers)
    for layer in target.image.layers:
        with target.open(layer) as file:
            assert sha256(file.read()) == layer.digest
    return target


def options(settings: Registries = Registries(), **environ: str) -> Options:  # noqa: B008 - frozen
    """Return options with nothing in the environment but what is given."""
    return Options(platform="linux/amd64", registries=settings, environ=environ)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return a certificate authority nobody trusts."""
    return Authority(tmp_path_factory.mktemp("tls") / "ca")


@pytest.fixture(scope="module")
def server(authority: Authority) -> Pair:
    """Return a certificate for this machine and for one elsewhere."""
    return authority.pair("server", "IP:127.0.0.1,DNS:registry.example,DNS:localhost")


@pytest.fixture(scope="module")
def client(authority: Authority) -> Pair:
    """Return a certificate that says who we are."""
    return authority.pair("client")


def tls(pair: Pair, *authorities: Path) -> Mapping[str, object]:
    """Return the registry's settings."""
    known = {"certificate": str(pair.cert), "key": str(pair.key)}
    return {**known, "clientcas": [str(path) for path in authorities]} if authorities else known


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the folder of a registry with one image, which is started later."""
    write_oci_dir(tmp_path / "image", [ONE])
    with registry(tmp_path) as host:
        copied(f"oci:{tmp_path / 'image'}:latest", f"docker://{host}/team/app:1")
    return tmp_path


def folder_for(where: Path, host: str, authority: Authority, client: Pair | None = None) -> str:
    """Write a ``certs.d`` directory."""
    inside = where / "certs.d" / host
    inside.mkdir(parents=True)
    (inside / "ca.crt").write_bytes(authority.cert.read_bytes())
    if client is not None:
        (inside / "client.cert").write_bytes(client.cert.read_bytes())
        (inside / "client.key").write_bytes(client.key.read_bytes())
    return str(where / "certs.d")


def test_an_authority_of_ones_own(
    store: Path, authority: Authority, server: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By ``--ca-file``, by ``certs.d`` and by SSL_CERT_FILE; without, nothing is sent."""
    with registry(store, tls=tls(server)) as host, connecting(host) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        name = "registry.example:5443/team/app:1"
        with pytest.raises(TargetError, match="no secure connection") as caught:
            opened(name, options())
        assert "--ca-file" in caught.value.advice
        assert opened(name, options(Registries(ca_file=str(authority.cert)))).image.layers
        certs = folder_for(store, "registry.example:5443", authority)
        assert opened(name, options(Registries(certs=(certs,)))).image.layers
        other = folder_for(store / "other", "registry.example:5444", authority)
        with pytest.raises(TargetError, match="no secure connection"):
            opened(name, options(Registries(certs=(other,))))
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.cert))
        assert opened(name, options()).image.layers
        with pytest.raises(TargetError, match="no secure connection"):  # a name it is not for
            opened("other.example:5443/team/app:1", options())
        assert {heard.method for heard in proxy.heard} == {"CONNECT"}


def test_a_proxy_that_wants_a_login(
    store: Path, authority: Authority, server: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """User and password stand in the address of the proxy; the registry never sees them."""
    login = "Basic " + b64encode(b"me:p@ss").decode()
    settings = options(Registries(ca_file=str(authority.cert)))
    name = "registry.example/team/app:1"
    with registry(store, tls=tls(server)) as host, connecting(host, login) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@{proxy.host}")
        assert opened(name, settings).image.layers
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:wrong@{proxy.host}")
        with pytest.raises(TargetError, match=r"proxy does not answer.*407") as caught:
            opened(name, settings)
        assert "wrong" not in f"{caught.value} {caught.value.advice}"
        monkeypatch.setenv("NO_PROXY", ".example")
        with pytest.raises(TargetError, match=r"resolved|no connection"):
            opened(name, settings)


def test_client_certificates(
    store: Path,
    authority: Authority,
    server: Pair,
    client: Pair,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From ``certs.d``, for the host they are kept under; the usual places are found by HOME."""
    with (
        registry(store, tls=tls(server, authority.cert)) as host,
        connecting(host) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        name = "registry.example/team/app:1"
        with pytest.raises(TargetError, match="connection"):
            opened(name, options(Registries(ca_file=str(authority.cert))))
        home = store / "home"
        folder_for(home / ".config/containers", "registry.example", authority, client)
        assert opened(name, options(HOME=str(home))).image.layers
        missing = folder_for(store / "missing", "registry.example", authority, client)
        (store / "missing/certs.d/registry.example/client.key").unlink()
        with pytest.raises(TargetError, match="without its key"):
            opened(name, options(Registries(certs=(missing,))))
        broken = folder_for(store / "broken", "registry.example", authority, client)
        (store / "broken/certs.d/registry.example/client.key").write_text("x")
        with pytest.raises(UsageError, match="client certificate cannot be used"):
            opened(name, options(Registries(certs=(broken,))))


def test_a_login_over_tls(
    store: Path, authority: Authority, server: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right and wrong passwords, with everything else in place."""
    with registry(store, HTPASSWD, tls(server)) as host, connecting(host) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        settings = Registries(ca_file=str(authority.cert))
        name = "registry.example/team/app:1"
        known = {"DUNNAGE_REGISTRY_USERNAME": "me", "DUNNAGE_REGISTRY_PASSWORD": "pass:word"}
        assert opened(name, options(settings, **known)).image.layers
        with pytest.raises(TargetError, match="refuses the credentials"):
            opened(name, options(settings, **{**known, "DUNNAGE_REGISTRY_PASSWORD": "no"}))
        with pytest.raises(TargetError, match="wants a login"):
            opened(name, options(settings))


def test_a_mirror_stands_in_for_the_registry(store: Path) -> None:
    """The registry itself need not even exist; tags, digests and platforms work as ever."""
    with registry(store) as host:
        mirrors = (f"other.example={host}", f"registry.invalid={host}")
        target = opened("registry.invalid/team/app:1", options(Registries(mirrors=mirrors)))
        assert target.note == f"read from the mirror {host}"
        assert target.image.reference == "registry.invalid/team/app:1"
        by_digest = f"registry.invalid/team/app@{target.image.digest}"
        again = opened(by_digest, options(Registries(mirrors=mirrors)))
        assert again.image.layers == target.image.layers
        hub = f"docker.io={host}"
        assert opened("team/app:1", options(Registries(mirrors=(hub,)))).image.layers


def test_a_pull_through_cache_is_a_mirror(store: Path) -> None:
    """A second registry fetches from the first what it does not have."""
    (store / "cache").mkdir()
    with registry(store) as origin, registry(store / "cache", proxy=f"http://{origin}") as cache:
        settings = Registries(mirrors=(f"{origin}={cache}",))
        target = opened(f"{origin}/team/app:1", options(settings))
        assert target.note == f"read from the mirror {cache}"


def test_mirrors_that_do_not_help_are_told(store: Path) -> None:
    """One that does not answer and one that has no such image; then the registry itself."""
    (store / "empty").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with registry(store) as host, registry(store / "empty") as empty:
        mirrors = (f"{host}=127.0.0.1:{port}", f"{host}={empty}/deep/prefix")
        target = opened(f"{host}/team/app:1", options(Registries(mirrors=mirrors)))
        assert f"the mirror 127.0.0.1:{port} did not help: no connection" in target.note
        assert f"the mirror {empty} did not help: the registry has no such image" in target.note
        with pytest.raises(TargetError, match="no such image") as caught:
            opened(f"{host}/team/app:2", options(Registries(mirrors=mirrors)))
        assert f"the mirror {empty} did not help" in caught.value.advice


def test_plain_http_is_never_tried_by_itself(store: Path, server: Pair) -> None:
    """A registry that speaks TLS is not asked in the clear, nor the other way round."""
    with registry(store, tls=tls(server)) as host, pytest.raises(TargetError, match="400"):
        opened(f"{host}/team/app:1", options())
    with registry(store) as host, Http(timeout=2) as http:
        port = host.partition(":")[2]
        with pytest.raises(InputError, match="secure connection"):
            http.open(f"https://127.0.0.1:{port}/v2/")
