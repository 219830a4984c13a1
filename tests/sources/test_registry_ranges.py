"""Layers that break off and go on: by ranges where a registry knows them, else from the beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dunnage.model.errors import InputError
from dunnage.sources import _blob
from images import sha256
from sources.test_registry_hostile import LAYER, Contents, layer_of, on, ranged
from talker import Heard, head, talking

if TYPE_CHECKING:
    import socket
    from pathlib import Path


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less between attempts."""
    monkeypatch.setattr(_blob, "PAUSE", 0.01)


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    """Return the contents of a registry."""
    return Contents(tmp_path / "image")


def test_a_cut_layer_goes_on_where_it_ended(contents: Contents) -> None:
    """Three connections that break give one whole layer; nothing is fetched twice."""
    step = len(LAYER) // 3

    def cut(heard: Heard, connection: socket.socket) -> None:
        at = ranged(heard)
        where = f"bytes {at}-{len(LAYER) - 1}/{len(LAYER)}"
        status = "206 Partial Content" if at else "200 OK"
        connection.sendall(head(status, len(LAYER) - at, Content_Range=where))
        connection.sendall(LAYER[at : at + step])

    with talking(on(contents.layer, contents, cut)) as server:
        assert layer_of(server) == LAYER
        asked = [ranged(heard) for heard in server.heard if heard.path == contents.layer]
        assert asked[:4] == [0, step, 2 * step, 3 * step][: len(asked)]
        assert len(asked) in {3, 4}


def test_a_registry_without_ranges_is_read_from_the_beginning(contents: Contents) -> None:
    """What is there already is left out."""
    turns: list[int] = []

    def cut(_: Heard, connection: socket.socket) -> None:
        turns.append(1)
        end = len(LAYER) if len(turns) > 2 else 1000 * len(turns)
        connection.sendall(head("200 OK", len(LAYER)) + LAYER[:end])

    with talking(on(contents.layer, contents, cut)) as server:
        assert layer_of(server) == LAYER
    assert len(turns) == 3


def test_other_bytes_after_a_cut_are_not_taken_for_the_layer(contents: Contents) -> None:
    """They get through to whoever verifies the digest, which is then another."""

    def lie(heard: Heard, connection: socket.socket) -> None:
        at = ranged(heard)
        rest = LAYER[:1000] if not at else b"x" * (len(LAYER) - at)
        where = f"bytes {at}-{len(LAYER) - 1}/{len(LAYER)}"
        status = "206 Partial Content" if at else "200 OK"
        connection.sendall(head(status, len(LAYER) - at, Content_Range=where) + rest)

    with talking(on(contents.layer, contents, lie)) as server:
        found = layer_of(server)
    assert len(found) == len(LAYER)
    assert sha256(found) != sha256(LAYER)


@pytest.mark.parametrize("content_range", ["bytes 5-9/10", "bytes x", ""])
def test_another_part_than_asked_is_refused(contents: Contents, content_range: str) -> None:
    """A 206 must say that it begins where we asked it to."""

    def other(heard: Heard, connection: socket.socket) -> None:
        if ranged(heard):
            told = head("206 Partial Content", 5, Content_Range=content_range)
            connection.sendall(told + b"abcde")
        else:
            connection.sendall(head("200 OK", len(LAYER)) + LAYER[:1000])

    with talking(on(contents.layer, contents, other)) as server:
        with pytest.raises(InputError, match="another part") as caught:
            layer_of(server)
        assert caught.value.where == sha256(LAYER)


def test_a_cut_while_leaving_out_what_is_there_is_one_more_attempt(contents: Contents) -> None:
    """A registry without ranges that breaks off earlier than before is asked again."""
    turns: list[int] = []

    def cut(_: Heard, connection: socket.socket) -> None:
        turns.append(1)
        end = {1: 5000, 2: 1000, 3: 0}.get(len(turns), len(LAYER))
        connection.sendall(head("200 OK", len(LAYER)) + LAYER[:end])

    with talking(on(contents.layer, contents, cut)) as server:
        assert layer_of(server) == LAYER
    assert len(turns) == 4


def test_a_range_that_cannot_be_had_is_told(contents: Contents) -> None:
    """Status 416 means that the registry has less than the manifest says."""

    def less(heard: Heard, connection: socket.socket) -> None:
        if ranged(heard):
            connection.sendall(head("416 Range Not Satisfiable", 0, Content_Range="bytes */1000"))
        else:
            connection.sendall(head("200 OK", 1000) + LAYER[:1000])

    with talking(on(contents.layer, contents, less)) as server:
        with pytest.raises(InputError, match="416") as caught:
            layer_of(server)
        assert caught.value.where == sha256(LAYER)
