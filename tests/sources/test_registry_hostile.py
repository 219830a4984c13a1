"""Registries that break off, drip, lie and go on for ever: bounded time and one clear message."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, BinaryIO

import pytest

from dunnage.io.http import Http
from dunnage.model.errors import InputError, TargetError
from dunnage.model.limits import Limits
from dunnage.model.target import Layers
from dunnage.sources import _blob
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from images import OCI_INDEX, OCI_MANIFEST, layer_tar, sha256, write_oci_dir
from talker import Heard, Talker, head, talking

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from talker import Talk

LAYER = layer_tar({"etc/os-release": b"ID=one\n", "data": bytes(range(256)) * 2000})
MANIFEST = "/v2/app/manifests/1"


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less between attempts."""
    monkeypatch.setattr(_blob, "PAUSE", 0.01)


class Contents:
    """What an honest registry of one image would say."""

    def __init__(self, folder: Path) -> None:
        self.digest = write_oci_dir(folder, [LAYER], compression="none").manifest
        self.blobs = folder / "blobs/sha256"
        self.layer = f"/v2/app/blobs/{sha256(LAYER)}"

    def of(self, path: str) -> bytes:
        """Return the body for a path."""
        name = self.digest if path == MANIFEST else path.rpartition("/")[2]
        return (self.blobs / name.removeprefix("sha256:")).read_bytes()

    def say(self, heard: Heard, connection: socket.socket) -> None:
        """Answer honestly."""
        body = self.of(heard.path)
        connection.sendall(head("200 OK", len(body), Content_Type=OCI_MANIFEST) + body)


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    """Return the contents of a registry."""
    return Contents(tmp_path / "image")


def opened(server: Talker, timeout: float = 5, limits: Limits = Limits()) -> Layers:  # noqa: B008 - frozen
    """Open the image."""
    with Http(timeout=timeout) as http:  # it can be used again after its connections are closed
        http._pause = 0.01
        options = Options(platform="linux/amd64", http=http, environ={}, limits=limits)
        target = open_target(f"{server.host}/app:1", options)
    assert isinstance(target, Layers)
    return target


def layer_of(server: Talker, timeout: float = 5, limits: Limits = Limits()) -> bytes:  # noqa: B008 - frozen
    """Return the first layer of the image."""
    target = opened(server, timeout, limits)
    with target.open(target.image.layers[0]) as file:
        return file.read()


def drained(file: BinaryIO, size: int) -> None:
    """Read everything in pieces."""
    while file.read(size):
        pass


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Assert that something takes no longer."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def on(path: str, honest: Contents, talk: Talk) -> Talk:
    """Return a registry that is honest everywhere but at one path."""

    def answer(heard: Heard, connection: socket.socket) -> None:
        (talk if heard.path == path else honest.say)(heard, connection)

    return answer


def ranged(heard: Heard) -> int:
    """Return where a requested range begins."""
    return int(heard.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))


def test_a_layer_that_always_breaks_ends(contents: Contents) -> None:
    """A byte for each connection is no progress worth going on for."""

    def cut(heard: Heard, connection: socket.socket) -> None:
        at = ranged(heard)
        where = f"bytes {at}-{len(LAYER) - 1}/{len(LAYER)}"
        status = "206 Partial Content" if at else "200 OK"
        connection.sendall(head(status, len(LAYER) - at, Content_Range=where))
        connection.sendall(LAYER[at : at + 1])

    with talking(on(contents.layer, contents, cut)) as server, within(5):
        with pytest.raises(InputError, match="broke"):
            layer_of(server)
        assert len([1 for heard in server.heard if heard.path == contents.layer]) == 5


def test_a_layer_that_is_too_short_is_told(contents: Contents) -> None:
    """The registry says it is whole, the manifest says it is not."""

    def short(heard: Heard, connection: socket.socket) -> None:
        at = ranged(heard)
        if at:
            connection.sendall(head("416 Range Not Satisfiable", 0))
        else:
            connection.sendall(head("200 OK", 1000) + LAYER[:1000])

    with (
        talking(on(contents.layer, contents, short)) as server,
        pytest.raises(InputError, match=r"416|only 1000 of"),
    ):
        layer_of(server)


@pytest.mark.parametrize("length", [None, 1 << 40])
def test_a_layer_without_end_is_cut(contents: Contents, length: int | None) -> None:
    """No more is read than the manifest says, whatever the registry says."""

    def endless(_: Heard, connection: socket.socket) -> None:
        connection.sendall(head("200 OK", length))
        while True:
            connection.sendall(bytes(65536))

    with talking(on(contents.layer, contents, endless)) as server, within(5):
        target = opened(server)
        with (
            target.open(target.image.layers[0]) as file,
            pytest.raises(InputError, match="more than the"),
        ):
            drained(file, 65536)


def test_a_manifest_without_end_is_cut(contents: Contents) -> None:
    """Eight megabytes are enough for a manifest."""

    def endless(_: Heard, connection: socket.socket) -> None:
        connection.sendall(head("200 OK", None))
        while True:
            connection.sendall(b" " * 65536)

    with (
        talking(on(MANIFEST, contents, endless)) as server,
        within(5),
        pytest.raises(TargetError, match="larger than"),
    ):
        opened(server)


def test_a_head_that_drips_is_not_waited_for(contents: Contents) -> None:
    """Each byte comes before the timeout of the socket, but the head as a whole does not."""

    def drip(_heard: Heard, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(200):
            connection.sendall(b"X: y\r\n")
            time.sleep(0.05)

    with talking(on(MANIFEST, contents, drip)) as server:
        with within(3), pytest.raises(TargetError, match="in time"):
            opened(server, timeout=0.3)
        assert len(server.heard) == 1


def test_a_layer_that_drips_is_not_waited_for(contents: Contents) -> None:
    """Small reads do not begin the waiting anew."""

    def drip(_heard: Heard, connection: socket.socket) -> None:
        connection.sendall(head("200 OK", len(LAYER)))
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.03)

    with talking(on(contents.layer, contents, drip)) as server, within(5):
        target = opened(server, timeout=0.3)
        with (
            target.open(target.image.layers[0]) as file,
            pytest.raises(InputError, match="slowly"),
        ):
            drained(file, 1)


@pytest.mark.parametrize("slow", [MANIFEST, "layer"])
def test_a_slow_registry_has_no_more_time_than_the_target(contents: Contents, slow: str) -> None:
    """Fast enough not to be cut for dripping, but ``--timeout`` counts for everything."""

    def trickle(_heard: Heard, connection: socket.socket) -> None:
        connection.sendall(head("200 OK", len(LAYER)))
        for _ in range(500):
            connection.sendall(bytes(100))
            time.sleep(0.01)

    path = contents.layer if slow == "layer" else slow
    with talking(on(path, contents, trickle)) as server, within(3):
        with pytest.raises((InputError, TargetError), match="all the time") as caught:
            layer_of(server, limits=Limits(timeout=0.5))
        assert "--timeout" in caught.value.advice


@pytest.mark.parametrize("retry_after", ["0", "1", "x", "-1", "9" * 400])
def test_a_storm_of_429_ends(contents: Contents, retry_after: str) -> None:
    """The registry decides how long to wait, we decide for how long altogether."""

    def busy(_: Heard, connection: socket.socket) -> None:
        connection.sendall(head("429 Too Many Requests", 0, Retry_After=retry_after))

    with talking(on(MANIFEST, contents, busy)) as server, within(4):
        with pytest.raises(TargetError, match="less often"):
            opened(server, timeout=1.5)
        assert len(server.heard) <= 4


def test_redirects_in_a_circle_end(contents: Contents) -> None:
    """With one message that names the place."""

    def around(_: Heard, connection: socket.socket) -> None:
        connection.sendall(head("307 Temporary Redirect", 0, Location=MANIFEST))

    with talking(on(MANIFEST, contents, around)) as server, within(5):
        with pytest.raises(TargetError, match="redirects") as caught:
            opened(server)
        assert server.host in caught.value.where


def test_slow_redirects_end(contents: Contents) -> None:
    """Ten slow hops do not take ten times as long."""

    def slow(_: Heard, connection: socket.socket) -> None:
        time.sleep(0.2)
        connection.sendall(head("307 Temporary Redirect", 0, Location=MANIFEST))

    with (
        talking(on(MANIFEST, contents, slow)) as server,
        within(2),
        pytest.raises(TargetError, match="redirects take too long"),
    ):
        opened(server, timeout=0.5)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0" * 1000,
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
        b"HTTP/1.1 307 x\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 307 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
        b'HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer realm="http://["\r\n\r\n',
        b"HTTP/1.1 401 x\r\nWWW-Authenticate: " + b'a="' * 2000 + b"\r\n\r\n",
    ],
)
def test_no_answer_is_too_odd(contents: Contents, answer: bytes) -> None:
    """Whatever is said instead of a manifest, one error of ours comes of it."""

    def odd(_: Heard, connection: socket.socket) -> None:
        connection.sendall(answer)

    with talking(on(MANIFEST, contents, odd)) as server, within(5):
        with pytest.raises(TargetError) as caught:
            opened(server, timeout=1)
        assert caught.value.message


def test_an_index_that_names_itself_ends(contents: Contents) -> None:
    """No digest can do so, but a registry may answer with ever new ones."""
    count = [0]
    wanted = {MANIFEST: ""}

    def nested(heard: Heard, connection: socket.socket) -> None:
        inner = json.dumps({"turn": count[0]}).encode()
        entry = {"mediaType": OCI_INDEX, "digest": sha256(inner), "size": len(inner)}
        data = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
        count[0] += 1
        wanted[heard.path] = sha256(data)
        connection.sendall(head("200 OK", len(data), Docker_Content_Digest=sha256(data)) + data)

    with talking(nested) as server, within(5):
        with pytest.raises(TargetError, match=r"digest|levels"):
            opened(server)
        assert len(server.heard) <= 5
    assert contents.digest


def test_schema_1_is_refused_by_name(contents: Contents) -> None:
    """Its digest leaves the signatures out, so it would look damaged."""
    data = json.dumps({"schemaVersion": 1, "name": "app", "fsLayers": []}).encode()

    def old(_: Heard, connection: socket.socket) -> None:
        told = head("200 OK", len(data), Docker_Content_Digest=sha256(b"payload"))
        connection.sendall(told + data)

    with (
        talking(on(MANIFEST, contents, old)) as server,
        pytest.raises(TargetError, match="schema 1"),
    ):
        opened(server)
