"""Credential helpers and tokens: which programs run, and what is made of what they say."""

from __future__ import annotations

import json
import os
import time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace

from dunnage.io.http import Http
from dunnage.model.errors import InputError, TargetError
from dunnage.model.limits import Limits
from dunnage.parsers.reference import Reference
from dunnage.sources._challenge import Challenge, challenges
from dunnage.sources._credentials import Credentials, credentials_for
from dunnage.sources._endpoints import endpoints
from dunnage.sources._helper import ask
from dunnage.sources._login import Login
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options, Registries
from talker import Heard, head, talking

if TYPE_CHECKING:
    import socket
    from pathlib import Path

HUB = "https://index.docker.io/v1/"


@pytest.fixture
def bin_(tmp_path: Path) -> Path:
    """Return an empty directory of programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def helper(folder: Path, name: str, script: str) -> None:
    """Write a credential helper."""
    path = folder / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def answer(user: str, secret: str) -> str:
    """Return a script that knows a secret for every registry."""
    return f"""read url; printf '{{"ServerURL":"%s","Username":"{user}","Secret":"{secret}"}}' "$url" """


def environ(bin_: Path, config: object, **more: str) -> dict[str, str]:
    """Return an environment with Docker's configuration and helpers."""
    home = bin_.parent / "home/.docker"
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.json").write_text(json.dumps(config))
    path = f"{bin_}{os.pathsep}/usr/bin{os.pathsep}/bin"
    return {"HOME": str(home.parent), "PATH": path, **more}


def found(reference: str, known: dict[str, str]) -> Credentials:
    """Return the credentials for an image."""
    asking = partial(ask, environ=known, limits=Limits())
    return credentials_for(Reference.parse(reference), known, "", Limits(), asking)


def test_a_helper_is_asked_for_its_registry(bin_: Path) -> None:
    """``credHelpers`` for one registry, ``credsStore`` for all the others."""
    helper(
        bin_, "one", "read url; test $1 = get && " + answer("me", "one").replace("read url;", "")
    )
    helper(bin_, "all", answer("me", "all"))
    known = environ(bin_, {"credHelpers": {"a.example": "one"}, "credsStore": "all"})
    assert found("a.example/x", known).password == "one"
    assert found("b.example/x", known) == Credentials("me", "all", "docker-credential-all")


@pytest.mark.parametrize(("image", "server"), [("alpine", HUB), ("a.example:5/x", "a.example:5")])
def test_the_registry_is_named_as_docker_names_it(bin_: Path, image: str, server: str) -> None:
    """One line on standard input; Docker Hub has its old address."""
    helper(bin_, "all", 'read url; printf \'{"Username":"u","Secret":"%s"}\' "$url"')
    assert found(image, environ(bin_, {"credsStore": "all"})).password == server


def test_what_is_written_down_counts_between_the_two(bin_: Path) -> None:
    """The registry's own helper first, then ``auths``, then the helper of all."""
    helper(bin_, "one", "read u; echo 'credentials not found in native keychain'; exit 1")
    helper(bin_, "all", answer("me", "all"))
    written = {"auths": {"a.example": {"username": "me", "password": "written"}, "b.example": {}}}
    config = {**written, "credHelpers": {"a.example": "one"}, "credsStore": "all"}
    assert found("a.example/x", environ(bin_, config)).password == "written"
    assert found("b.example/x", environ(bin_, config)).password == "all"


@pytest.mark.parametrize("user", ["<token>", ""])
def test_an_identity_token_has_no_user(bin_: Path, user: str) -> None:
    """docker-credential-helpers: the user ``<token>`` means that the secret is one."""
    helper(bin_, "all", answer(user, "refresh"))
    told = found("a.example/x", environ(bin_, {"credsStore": "all"}))
    assert (told.user, told.password, told.identity) == ("", "", "refresh")
    assert "refresh" not in repr(told)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo boom; exit 3", "failed: boom"),
        ("exit 3", "exit code 3"),
        ("printf '\\033[31mred'; exit 1", r"failed: \?\[31mred"),
        ("echo x", "not JSON"),
        ("echo '[]'", "no user and secret"),
        ('echo \'{"Username": 1, "Secret": null}\'', "no user and secret"),
        ("yes", "more than 65536 bytes"),
        ("sleep 30", "in time"),
        ("sleep 30 & exit 0", "in time"),
        ("exec >&-; sleep 30", "in time"),
        ("trap '' TERM INT HUP; sleep 30", "in time"),
    ],
)
def test_a_helper_that_fails_is_told(bin_: Path, script: str, message: str) -> None:
    """In bounded time, with bounded output, and nothing of it is left running."""
    helper(bin_, "bad", script)
    known = {"PATH": f"{bin_}:/usr/bin:/bin"}
    started = time.monotonic()
    with pytest.raises(InputError, match=message) as caught:
        ask("bad", "a.example", known, Limits(), seconds=0.3)
    assert time.monotonic() - started < 3
    assert "bad" in str(caught.value)


@pytest.mark.parametrize("name", ["../evil", "a/b", "", "-x", "a b", "x;y", "é", "a" * 100, "a\0"])
def test_odd_names_run_nothing(bin_: Path, name: str) -> None:
    """Only plain words may follow ``docker-credential-``."""
    with pytest.raises(InputError, match="no name of a credential helper"):
        ask(name, "a.example", {"PATH": str(bin_)}, Limits())


def test_programs_of_the_current_directory_never_run(
    bin_: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be what is examined; only absolute directories of PATH count."""
    helper(bin_, "here", "touch ran; exit 1")
    monkeypatch.chdir(bin_)
    for path in (".", "", ":", "./", "../bin"):
        with pytest.raises(InputError, match="not in PATH"):
            ask("here", "a.example", {"PATH": path}, Limits())
    assert not (bin_ / "ran").exists()


def test_a_helper_runs_outside_of_every_target(
    bin_: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its current directory is the root, and what it inherits is the environment alone."""
    helper(bin_, "where", 'read u; printf \'{"Username":"u","Secret":"%s"}\' "$PWD"')
    monkeypatch.chdir(tmp_path)
    assert ask("where", "a.example", {"PATH": str(bin_)}, Limits()).secret == "/"


def test_a_missing_helper_is_no_obstacle_to_public_images(bin_: Path) -> None:
    """It is only told to those who are refused."""
    told = found("a.example/x", environ(bin_, {"credsStore": "gone"}))
    assert not told
    assert "docker-credential-gone is not in PATH" in told.hint


class Registry:
    """A registry that wants tokens, and the server that gives them."""

    def __init__(self) -> None:
        self.realm = ""
        self.status = "200 OK"

    def __call__(self, heard: Heard, connection: socket.socket) -> None:
        """Answer a request."""
        if heard.path.startswith("/token"):
            body = json.dumps({"access_token": "good"}).encode()
            connection.sendall(head(self.status, len(body)) + body)
        elif heard.headers.get("authorization") == "Bearer good":
            connection.sendall(head("404 Not Found", 0))
        else:
            challenge = f'Bearer realm="{self.realm}",service="it",scope="repository:app:pull"'
            connection.sendall(head("401 Unauthorized", 0, WWW_Authenticate=challenge))


def refused(host: str, known: dict[str, str]) -> TargetError:
    """Return what is told of an image that is never there."""
    options = Options(http=Http(timeout=2), environ=known)
    with pytest.raises(TargetError) as caught:
        open_target(f"{host}/app:1", options)
    return caught.value


def test_a_helper_is_only_asked_when_the_registry_asks(bin_: Path) -> None:
    """A public image or an offline run starts no program."""
    helper(bin_, "all", f"touch {bin_}/ran; exit 1")
    known = environ(bin_, {"credsStore": "all"})
    with talking(lambda _, c: c.sendall(head("404 Not Found", 0))) as server:
        assert "no such image" in refused(server.host, known).message
    offline = replace(Options(environ=known), offline=True)
    with pytest.raises(TargetError, match="offline"):
        open_target("a.example/app:1", offline)
    assert not (bin_ / "ran").exists()


def test_an_identity_token_buys_a_token(bin_: Path) -> None:
    """OAuth 2.0 (RFC 6749 section 6): a form in the body, nothing in the address."""
    registry = Registry()
    with talking(registry) as server:
        registry.realm = f"http://{server.host}/token"
        known = environ(bin_, {"auths": {server.host: {"identitytoken": "refresh me"}}})
        assert "no such image" in refused(server.host, known).message
        asked = next(heard for heard in server.heard if heard.path.startswith("/token"))
        assert (asked.method, asked.path) == ("POST", "/token")
        assert "authorization" not in asked.headers
        assert parse_qs(asked.body.decode()) == {
            "grant_type": ["refresh_token"],
            "client_id": ["dunnage"],
            "refresh_token": ["refresh me"],
            "service": ["it"],
            "scope": ["repository:app:pull"],
        }
        registry.status = "400 Bad Request"  # RFC 6749 section 5.2: invalid_grant
        error = refused(server.host, known)
        assert "refuses the credentials" in error.message
        assert "refresh me" not in f"{error} {error.advice}"


def test_an_identity_token_follows_no_redirect(bin_: Path) -> None:
    """The body of the form would go along."""
    registry = Registry()
    with talking(lambda _, c: c.sendall(head("200 OK", 0))) as other, talking(registry) as server:
        registry.realm = f"http://{server.host}/token"
        registry.status = f"307 x\r\nLocation: http://{other.host}/token"
        known = environ(bin_, {"auths": {server.host: {"identitytoken": "refresh me"}}})
        assert "status 307" in refused(server.host, known).message
        assert other.heard == []


def test_a_registry_token_is_used_as_it_is(bin_: Path) -> None:
    """Nobody is asked for another one."""
    registry = Registry()
    with talking(registry) as server:
        registry.realm = f"http://{server.host}/token"
        known = environ(bin_, {"auths": {server.host: {"registrytoken": "good"}}})
        assert "no such image" in refused(server.host, known).message
        assert [heard.path for heard in server.heard] == ["/v2/app/manifests/1"] * 2


@pytest.mark.parametrize(
    "realm",
    [
        "http://tokens.example/token",
        "http://user:pass@127.0.0.1/token",
        "ftp://127.0.0.1/x",
        "//127.0.0.1/x",
        "http://[",
        "x",
    ],
)
def test_credentials_go_to_no_unsafe_token_server(bin_: Path, realm: str) -> None:
    """In the clear they stay on this machine, whatever the registry wants."""
    registry = Registry()
    registry.realm = realm
    with talking(registry) as server:
        written = {"auths": {server.host: {"username": "me", "password": "secret"}}}
        error = refused(server.host, environ(bin_, written))
    assert "not secure" in error.message
    assert "secret" not in f"{error} {error.advice}"


@pytest.mark.parametrize(
    ("registry", "realm", "plain", "safe"),
    [
        ("a.example", "https://tokens.example/t?x=1", (), True),
        ("a.example", "https://tokens.example:8443/t", (), True),
        ("a.example", "http://tokens.example/t", (), False),
        ("a.example", "http://tokens.example/t", ("tokens.example",), True),
        ("a.example", "http://a.example/t", ("a.example",), True),
        ("a.example", "http://127.0.0.1/t", (), False),
        ("a.example", "https://localhost:1/t", (), False),
        ("a.example", "http://127.0.0.1/t", ("a.example",), False),
        ("localhost:5000", "http://127.0.0.1:5001/t", (), True),
        ("localhost:5000", "http://tokens.example/t", (), False),
        ("localhost:5000", "https://tokens.example/t", (), True),
    ],
)
def test_which_token_servers_are_asked(
    registry: str, realm: str, plain: tuple[str, ...], *, safe: bool
) -> None:
    """Secure ones; in the clear those named or here; those here only by registries here.

    Nothing is sent: the client is offline, and its refusal shows that the server was accepted.
    """
    settings = Registries(plain_http=plain)
    options = Options(registries=settings, environ={})
    endpoint = endpoints(Reference.parse(f"{registry}/app"), settings)[0]
    login = Login(endpoint, options, Http(offline=True))
    with pytest.raises(InputError if safe else TargetError) as caught:
        login.answer((Challenge("bearer", realm),))
    assert ("offline" in caught.value.message) == safe


@pytest.mark.parametrize("what", ["garbage", "folder", "pipe", "loop"])
def test_a_file_that_cannot_be_read_is_told_to_those_who_are_refused(
    tmp_path: Path, what: str
) -> None:
    """A login that lies in a damaged file is not the same as no login; nothing waits for a pipe."""
    place = tmp_path / ".docker/config.json"
    place.parent.mkdir()
    if what == "garbage":
        place.write_text('{"auths": ')
    elif what == "folder":
        place.mkdir()
    elif what == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(place.name)
    told = found("a.example/x", {"HOME": str(tmp_path)})
    assert not told
    assert told.hint.startswith(f"{place}: the credentials cannot be read: ")
    with pytest.raises(InputError, match="the credentials cannot be read"):
        credentials_for(Reference.parse("a.example/x"), {}, str(place), Limits())
    assert found("a.example/x", {"HOME": str(tmp_path / "nobody")}).hint == ""


@pytest.mark.parametrize(
    "header", ['Bearer realm="' + '\\"' * 4000, ",a " * 2700, 'a="\\"' * 2000, "a-" * 4096 + "="]
)
def test_no_challenge_takes_long(header: str) -> None:
    """What a registry sends is read in a time that grows with its length."""
    started = time.monotonic()
    challenges(header)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("host", "image", "given"),
    [
        ("", "a.example/x", True),
        ("a.example", "a.example/x", True),
        (" https://A.example/ ", "a.example/x", True),
        ("a.example", "a.example:5000/x", False),
        ("a.example", "b.example/x", False),
        ("a.example", "x", False),
        ("docker.io", "x", True),
        ("https://index.docker.io/v1/", "x", True),
        ("docker.io", "docker.io.evil.example/x", False),
    ],
)
def test_one_registry_may_be_meant_alone(host: str, image: str, given: bool) -> None:  # noqa: FBT001
    """Where images of several registries are scanned, the password is for the one that is named."""
    known = {
        "DUNNAGE_REGISTRY_USERNAME": "user",
        "DUNNAGE_REGISTRY_PASSWORD": "hidden",
        "DUNNAGE_REGISTRY_HOST": host,
    }
    assert found(image, known).password == ("hidden" if given else "")
