"""Mirrors of registries: how they are written, in which order they are asked, and what they see."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.io.http import Http
from dunnage.model.errors import TargetError, UsageError
from dunnage.model.target import Layers
from dunnage.parsers.reference import Reference
from dunnage.sources._endpoints import endpoints
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options, Registries
from images import OCI_MANIFEST, layer_tar, sha256, write_oci_dir
from webserver import Answer, Asked, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAYER = layer_tar({"etc/os-release": b"ID=one\n"})


def bases(image: str, *mirrors: str, plain: tuple[str, ...] = ()) -> list[str]:
    """Return the URLs an image is looked for at."""
    registries = Registries(mirrors=mirrors, plain_http=plain)
    return [place.base for place in endpoints(Reference.parse(image), registries)]


@pytest.mark.parametrize(
    ("image", "mirrors", "expected"),
    [
        ("alpine", (), []),
        ("alpine", ("docker.io=m.example",), ["https://m.example/v2/library/alpine"]),
        ("alpine", ("index.docker.io=m.example/hub",), ["https://m.example/v2/hub/library/alpine"]),
        ("a/b", (" docker.io = https://m.example:5000/x/y/ ",), ["https://m.example:5000/v2/x/y/a/b"]),
        ("alpine", ("docker.io=http://m.example",), ["http://m.example/v2/library/alpine"]),
        ("alpine", ("docker.io=localhost:5000",), ["http://localhost:5000/v2/library/alpine"]),
        ("alpine", ("quay.io=m.example",), []),
        ("quay.io/a", ("quay.io=m.example", "quay.io=n.example"), ["https://m.example/v2/a", "https://n.example/v2/a"]),
    ],
)  # fmt: skip
def test_where_an_image_is_looked_for(
    image: str, mirrors: tuple[str, ...], expected: list[str]
) -> None:
    """Mirrors of its registry in their order, with their prefix; the registry itself last."""
    *found, last = bases(image, *mirrors)
    assert found == expected
    assert last == bases(image)[0]


def test_a_mirror_may_speak_plain_http_if_named() -> None:
    """Like every registry."""
    assert bases("alpine", "docker.io=m.example:80", plain=("m.example",))[0].startswith("http://")


@pytest.mark.parametrize(
    "text",
    [
        "m.example", "=m.example", "docker.io=", "docker.io=mirror", "docker.io=ftp://m.example",
        "docker.io=m.example?ns=x", "docker.io=me:secret@m.example", "docker.io=https://", "a=b=c",
        "docker.io=m.example/UPPER", "docker.io=m.example/../x", "docker.io=//m.example",
    ],
)  # fmt: skip
def test_what_is_no_mirror_is_a_usage_error(text: str) -> None:
    """The message shows what was written, and how it should be."""
    with pytest.raises(UsageError, match="not a registry mirror") as caught:
        bases("alpine", text)
    assert "docker.io=mirror.example" in caught.value.advice


@given(st.text(max_size=60))
def test_no_text_is_read_as_more_than_a_host_and_a_prefix(text: str) -> None:
    """Either it is refused, or what it adds to the URL is neither query nor user."""
    try:
        found = bases("alpine", f"docker.io={text}")
    except UsageError:
        return
    assert not {"?", "#", "@", " ", "\n"} & {*found[0]}


def test_docker_hub_s_own_name_may_be_written() -> None:
    """``registry-1.docker.io`` is where Docker Hub's images are really fetched from."""
    assert len(bases("alpine", "registry-1.docker.io=m.example")) == 2


class Contents:
    """A registry of one image, which may be changed for the worse."""

    def __init__(self, folder: Path) -> None:
        self.digest = write_oci_dir(folder, [LAYER], compression="none").manifest
        self.blobs = folder / "blobs/sha256"

    def __call__(self, asked: Asked) -> Answer:
        """Answer a request."""
        kind, name = asked.path.rsplit("/", 2)[1:]
        name = self.digest if name == "1" else name
        data = (self.blobs / name.removeprefix("sha256:")).read_bytes()
        if kind != "manifests":
            return Answer(200, data)
        return Answer(200, data, {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": name})


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    """Return the contents of a registry."""
    return Contents(tmp_path / "image")


def opened(image: str, mirrors: tuple[str, ...], **environ: str) -> Layers:
    """Open an image and read its layer."""
    with Http(timeout=5) as http:
        http._pause = 0.01
        settings = Registries(mirrors=mirrors)
        target = open_target(
            image, Options(platform="linux/amd64", http=http, registries=settings, environ=environ)
        )
        assert isinstance(target, Layers)
        with target.open(target.image.layers[0]) as file:
            assert sha256(file.read()) == sha256(LAYER)
    return target


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404),
        Answer(500),
        Answer(401, headers={"WWW-Authenticate": "Basic"}),
        Answer(200, b"{}"),
        Answer(200, b"{}", {"Docker-Content-Digest": sha256(b"")}),
        Answer(200, b"<html>"),
        Answer(307, headers={"Location": "ftp://x"}),
    ],
)
def test_a_mirror_that_fails_is_passed_over_once(contents: Contents, answer: Answer) -> None:
    """The image comes from the registry, and what was wrong with the mirror is told."""
    with serving(lambda _: answer) as mirror, serving(contents) as origin:
        target = opened(f"{origin.host}/app:1", (f"{origin.host}={mirror.host}",))
        assert f"the mirror {mirror.host} did not help" in target.note
        assert len({asked.path for asked in mirror.asked}) == 1
        assert len(origin.asked) == 3


def test_a_mirror_that_lacks_a_layer_is_passed_over(contents: Contents) -> None:
    """The rest comes from the registry; digests say that it is the same."""

    def partly(asked: Asked) -> Answer:
        return Answer(404) if sha256(LAYER) in asked.path else contents(asked)

    with serving(partly) as mirror, serving(contents) as origin:
        target = opened(f"{origin.host}/app:1", (f"{origin.host}={mirror.host}",))
        assert target.note == f"read from the mirror {mirror.host}"
        assert origin.paths() == [f"/v2/app/blobs/{sha256(LAYER)}"]


def test_a_mirror_with_another_image_for_a_digest_is_passed_over(contents: Contents) -> None:
    """A digest names the same image everywhere."""
    other = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
    with serving(lambda _: Answer(200, other)) as mirror, serving(contents) as origin:
        image = f"{origin.host}/app@{contents.digest}"
        target = opened(image, (f"{origin.host}={mirror.host}",))
        assert "is not what its digest" in target.note


def challenge(inner: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Return a registry that wants a login."""

    def answer(asked: Asked) -> Answer:
        if "authorization" in asked.headers:
            return inner(asked)
        return Answer(401, headers={"WWW-Authenticate": "Basic realm=x"})

    return answer


def test_a_mirror_gets_its_own_credentials_alone(contents: Contents, tmp_path: Path) -> None:
    """Those of the environment are for the registry that was named."""
    names = {"DUNNAGE_REGISTRY_USERNAME": "me", "DUNNAGE_REGISTRY_PASSWORD": "origin"}
    with serving(challenge(contents)) as mirror, serving(challenge(contents)) as origin:
        mirrors = (f"{origin.host}={mirror.host}",)
        target = opened(f"{origin.host}/app:1", mirrors, **names)
        assert "wants a login" in target.note
        assert all("authorization" not in asked.headers for asked in mirror.asked)
        entry = {"username": "me", "password": "mirror"}
        (tmp_path / "config.json").write_text(json.dumps({"auths": {mirror.host: entry}}))
        opened(f"{origin.host}/app:1", mirrors, **names, DOCKER_CONFIG=str(tmp_path))
        assert mirror.asked[-1].headers["authorization"] == (
            "Basic " + b64encode(b"me:mirror").decode()
        )


def test_if_nothing_helps_all_is_told() -> None:
    """The registry's own answer is the message, the mirrors' are in the advice."""
    with serving(lambda _: Answer(503)) as mirror, serving(lambda _: Answer(404)) as origin:
        with pytest.raises(TargetError, match="no such image") as caught:
            opened(f"{origin.host}/app:1", (f"{origin.host}={mirror.host}",))
        assert f"the mirror {mirror.host} did not help: the registry failed (503)" in (
            caught.value.advice
        )
