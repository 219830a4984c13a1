"""Images of an engine on this machine: what is asked for, and what its failures look like."""

from __future__ import annotations

import json
import socket
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace

from dunnage.model.errors import DunnageError, InputError, TargetError, UsageError
from dunnage.model.limits import MIB, Limits
from dunnage.model.target import Layers, Several
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from images import compress, layer_tar, tar_of, write_docker_archive, write_index, write_oci_dir
from talker import Heard, Talker, head, talking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Talk = Callable[[Heard, socket.socket], None]

ONE, TWO = layer_tar({"one": b"1"}), layer_tar({"two": b"2"})
QUICK = Limits(timeout=20)
IMAGES = "/images/json"


@pytest.fixture
def file() -> Iterator[str]:
    """Return a path for a socket file, which must be short."""
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        yield f"{folder}/s"


def options(file: str, limits: Limits = QUICK, platform: str = "") -> Options:
    """Return options that name the socket of both engines; nothing else is in the environment."""
    url = f"unix://{file}"
    environ = {"DOCKER_HOST": url, "CONTAINER_HOST": url}
    return Options(platform=platform, limits=limits, environ=environ, offline=True)


def opened(text: str, with_options: Options) -> Layers:
    """Open an image."""
    target = open_target(text, with_options)
    assert isinstance(target, Layers)
    return target


def contents(target: Layers) -> list[bytes]:
    """Return what the layers hold."""
    found = []
    for layer in target.image.layers:
        with target.open(layer) as reader:
            found.append(reader.read())
    return found


def send(connection: socket.socket, body: bytes, status: str = "200 OK") -> None:
    """Answer whole."""
    connection.sendall(head(status, len(body)) + body)


def missing(connection: socket.socket) -> None:
    """Say that there is no such image."""
    send(connection, b'{"message": "No such image"}', "404 Not Found")


def engine(
    archive: bytes, image: str, names: tuple[str, ...], heard: Heard, connection: socket.socket
) -> None:
    """Answer like an engine that has one image."""
    path = heard.path.partition("?")[0]
    told = {"Id": image, "RepoTags": [*names], "RepoDigests": ["app@sha256:" + "d" * 64]}
    known = (*names, image, image.removeprefix("sha256:")[:12])
    if path == IMAGES:
        send(connection, json.dumps([told, {"RepoTags": None}, 1]).encode())
    elif path in [f"/images/{name}/json" for name in known]:
        send(connection, json.dumps(told).encode())
    elif path in [f"/images/{name}/get" for name in known]:
        send(connection, archive)
    else:
        missing(connection)


@pytest.fixture
def saved(tmp_path: Path) -> tuple[bytes, str]:
    """Return a docker archive and the id of its image."""
    written = write_docker_archive(tmp_path / "app.tar", [ONE, TWO], tags=())
    return (tmp_path / "app.tar").read_bytes(), written.config


def paths(talker: Talker) -> list[str]:
    """Return the paths that were asked for."""
    return [heard.path for heard in talker.heard]


@pytest.mark.parametrize("scheme", ["docker", "podman"])
def test_an_image_is_read_by_its_id(
    scheme: str, saved: tuple[bytes, str], file: str, tmp_path: Path
) -> None:
    """The name is resolved once; what is saved has the id that was told, also offline."""
    archive, image = saved
    with talking(partial(engine, archive, image, ("app:1",)), file) as talker:
        target = opened(f"{scheme}:app:1", options(file))
    assert paths(talker) == ["/images/app:1/json", f"/images/{image}/get"]
    assert contents(target) == [ONE, TWO]
    assert (target.source, target.image.reference) == (scheme, "app:1")
    assert target.image.config_digest == image
    assert image in target.note
    assert "app@sha256:ddd" in target.note
    same = opened(f"docker-archive:{tmp_path}/app.tar", Options())
    assert target.image.layers == same.image.layers


@pytest.mark.parametrize(
    ("text", "asked", "name"),
    [
        ("docker:app", ["app:latest"], ""),
        ("docker:quay.io/x/app", ["quay.io/x/app:latest"], ""),
        ("podman:app:1", ["app:1", "localhost/app:1"], "localhost/app:1"),
        ("podman:quay.io/app:1", ["quay.io/app:1"], ""),
        ("docker:app@sha256:" + "a" * 64, ["app@sha256:" + "a" * 64], ""),
        ("docker:" + "ab" * 6, ["ab" * 6], ""),
    ],
)
def test_names_are_completed(
    text: str, asked: list[str], name: str, saved: tuple[bytes, str], file: str
) -> None:
    """The tag is ``latest``, since a bare name would save all; Podman calls its own localhost."""
    archive, image = saved
    names = (name,) if name else ()
    with talking(partial(engine, archive, image, names), file) as talker:
        if name:
            opened(text, options(file))
        else:
            with pytest.raises(TargetError, match="has no such image"):
                opened(text, options(file))
    expected = [f"/images/{one}/json" for one in asked]
    assert paths(talker)[:-1] == expected


def test_an_id_gives_the_name(saved: tuple[bytes, str], file: str) -> None:
    """An image that was named by the beginning of its id is reported by its name."""
    archive, image = saved
    with talking(partial(engine, archive, image, ("app:1",)), file):
        assert opened(f"docker:{image[7:19]}", options(file)).image.reference == "app:1"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("docker:app:2", "did you mean docker.io/library/app:1?"),
        ("docker:ap:1", "did you mean docker.io/library/app:1?"),
        ("docker:zebra", "registry:zebra:latest"),
    ],
)
def test_the_nearest_names_are_told(
    text: str, advice: str, saved: tuple[bytes, str], file: str
) -> None:
    """Other tags of that name first."""
    with (
        talking(partial(engine, *saved, ("docker.io/library/app:1",)), file),
        pytest.raises(TargetError, match="no such image") as caught,
    ):
        opened(text, options(file))
    assert advice in caught.value.advice


def test_of_several_platforms_the_wanted_one(tmp_path: Path, file: str) -> None:
    """Engines that keep several save several; the platform is also asked for (API 1.48)."""
    for layer, name in ((ONE, "amd64"), (TWO, "arm64")):
        platform = ("linux", name)
        write_oci_dir(tmp_path / "image", [layer], compression="none", platform=platform, tag="")
    entry = {"Config": "blobs/sha256/x", "Layers": []}
    (tmp_path / "image/manifest.json").write_text(json.dumps([entry, entry]))
    archive, image = tar_of(tmp_path / "image"), "sha256:" + "e" * 64
    with talking(partial(engine, archive, image, ("app:1",)), file) as talker:
        target = opened("docker:app:1", options(file, platform="linux/arm64"))
    assert contents(target) == [TWO]
    query = parse_qs(talker.heard[-1].path.partition("?")[2])
    assert json.loads(query["platform"][0]) == {"os": "linux", "architecture": "arm64"}


def test_all_platforms_of_an_engine(tmp_path: Path, file: str) -> None:
    """None is asked for; those the engine has not pulled are members that cannot be opened."""
    path = tmp_path / "image"
    write_index(path, {"linux/amd64": [ONE], "linux/arm64": [TWO]})
    (tmp_path / "image/manifest.json").write_text(
        json.dumps([{"Config": "x", "RepoTags": None, "Layers": []}])
    )
    gone = json.loads((path / "index.json").read_bytes())["manifests"][0]["digest"]
    listed = json.loads((path / "blobs/sha256" / gone[7:]).read_bytes())["manifests"]
    (path / "blobs/sha256" / listed[1]["digest"][7:]).unlink()
    archive, image = tar_of(path), "sha256:" + "c" * 64
    with talking(partial(engine, archive, image, ("app:1",)), file) as talker:
        target = open_target("docker:app:1", replace(options(file), all_platforms=True))
    assert isinstance(target, Several)
    assert (target.source, [heard.path for heard in talker.heard][-1]) == (
        "docker",
        f"/images/{image}/get",
    )
    there, pulled_not = target.members
    layers = there.open()
    assert (layers.source, layers.image.reference, contents(layers)) == (
        "docker",
        "app:1",
        [compress(ONE, "gzip")],
    )
    with pytest.raises(InputError, match="manifest is missing"):
        pulled_not.open()


def failing(
    saved: tuple[bytes, str], told: Callable[[socket.socket], None]
) -> Callable[[Heard, socket.socket], None]:
    """Return an engine that knows the image and then says something else."""

    def talk(heard: Heard, connection: socket.socket) -> None:
        if heard.path.endswith("/get"):
            told(connection)
        else:
            engine(*saved, ("app:1",), heard, connection)

    return talk


def cut(connection: socket.socket) -> None:
    """End a body before the length it declared."""
    connection.sendall(head("200 OK", 100_000) + bytes(2000))


def cut_chunk(connection: socket.socket) -> None:
    """End a chunked body within a chunk."""
    connection.sendall(head("200 OK", None, Transfer_Encoding="chunked") + b"8000\r\n" + bytes(99))


def endless(connection: socket.socket) -> None:
    """Never end."""
    connection.sendall(head("200 OK", None))
    while True:
        connection.sendall(bytes(MIB))


def drip(connection: socket.socket) -> None:
    """Send a byte now and then."""
    connection.sendall(head("200 OK", None))
    for _ in range(40):
        connection.sendall(b"x")
        time.sleep(0.1)


def broken(connection: socket.socket) -> None:
    """Fail with a text that must not reach a terminal as it is."""
    text = {"message": "disk \x1b[31mfull\n" + "x" * 5000}
    send(connection, json.dumps(text).encode(), "500 Internal Server Error")


def moved(connection: socket.socket) -> None:
    """Send elsewhere."""
    connection.sendall(head("301 Moved", 0, Location="http://127.0.0.1:1/"))


def silent(connection: socket.socket) -> None:
    """Say nothing."""
    connection.recv(1)


FAILURES: list[tuple[Callable[[socket.socket], None], Limits, str]] = [
    (cut, QUICK, "the connection broke"),
    (cut_chunk, QUICK, "the connection broke"),
    (endless, Limits(spill_budget=3 * MIB), "more than 3145728 bytes of temporary disk"),
    (drip, Limits(timeout=0.6), "took all the time|sends too slowly"),
    (silent, Limits(timeout=0.6), "did not answer in time"),
    (broken, QUICK, r"status 500: disk \?\[31mfull xxx"),
    (moved, QUICK, "status 301"),
    (lambda c: c.sendall(b"no HTTP\r\n\r\n"), QUICK, "the connection broke"),
    (lambda c: send(c, b"no tar at all" * 99), QUICK, "tar"),
    (lambda c: send(c, b""), QUICK, "empty"),
]


@pytest.mark.parametrize(("told", "limits", "message"), FAILURES)
def test_an_engine_that_fails(
    told: Callable[[socket.socket], None],
    limits: Limits,
    message: str,
    saved: tuple[bytes, str],
    file: str,
) -> None:
    """Each ends within bounds, in one line that says what happened."""
    started = time.monotonic()
    with (
        talking(failing(saved, told), file),
        pytest.raises(DunnageError, match=message) as caught,
    ):
        opened("docker:app:1", options(file, limits))
    assert time.monotonic() - started < 5
    assert caught.value.exit_code == 3
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "no image id"),
        (b'{"Id": "sha256:../../containers/x"}', "no image id"),
        (b"[1]", "no image id"),
        (b"not json", "JSON"),
        (b"[" * 1000, "JSON|deep|nested"),
    ],
)
def test_an_engine_that_describes_nonsense(body: bytes, message: str, file: str) -> None:
    """Nothing else is asked for."""
    with (
        talking(lambda _, connection: send(connection, body), file) as talker,
        pytest.raises(TargetError, match=message),
    ):
        opened("docker:app:1", options(file))
    assert len(talker.heard) == 1


def test_without_an_engine(tmp_path: Path, file: str) -> None:
    """The message names every place that was looked at, and why each was of no use."""
    idle = f"{file}-idle"
    with socket.socket(socket.AF_UNIX) as unused:
        unused.bind(idle)
    missing_one = f"{tmp_path}/none"
    for environ, told, advice in (
        ({"CONTAINER_HOST": f"unix://{missing_one}"}, f"{missing_one} (not there)", "start it"),
        ({"CONTAINER_HOST": f"unix://{idle}"}, f"{idle} (nobody listens)", "CONTAINER_HOST"),
        ({"CONTAINER_HOST": "unix:///" + "x" * 200}, "too long", ""),
    ):
        with pytest.raises(TargetError, match="no socket of podman can be used") as caught:
            open_target("podman:app", Options(environ=environ))
        assert told in caught.value.message
        assert advice in caught.value.advice


def test_the_usual_socket_is_found(saved: tuple[bytes, str], tmp_path: Path) -> None:
    """Without a variable the socket of the user's own Podman comes first."""
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        Path(folder, "podman").mkdir()
        file = f"{folder}/podman/podman.sock"
        with talking(partial(engine, *saved, ("app:1",)), file):
            environ = {"XDG_RUNTIME_DIR": folder, "HOME": str(tmp_path)}
            target = opened("podman:app:1", Options(environ=environ))
    assert file in target.note


@pytest.mark.parametrize(
    "value", ["tcp://10.0.0.1:2375", "ssh://me@host", "/run/x.sock", "unix://x"]
)
def test_only_socket_files_are_understood(value: str) -> None:
    """An engine elsewhere is not on this machine; nothing of the value that may be secret is told."""
    with pytest.raises(UsageError, match="only unix:///PATH") as caught:
        open_target("docker:app", Options(environ={"DOCKER_HOST": value}))
    assert "docker save" in caught.value.advice
    assert "me@host" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["docker", "podman", "containerd"])
@pytest.mark.parametrize("name", ["../app", "/app", "-app", "app:1?x=y", "app:1#x", "a b", "A"])
def test_only_names_of_images_are_asked_for(scheme: str, name: str, file: str) -> None:
    """Nothing else reaches an engine or a program."""
    with pytest.raises(TargetError, match="not an image name"):
        open_target(f"{scheme}:{name}", options(file))
