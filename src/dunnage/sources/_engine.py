"""Fetches an image from a container engine on this machine, through the socket it serves."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dunnage.model.errors import InputError, TargetError, UsageError
from dunnage.parsers.reference import Reference
from dunnage.sources import _docker, _layout
from dunnage.sources._choose import parse_platform
from dunnage.sources._content import archive
from dunnage.sources._engine_api import Api
from dunnage.sources._platforms import renamed
from dunnage.sources._spool import spooled

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from dunnage.io.http import Response
    from dunnage.model.target import Layers, Several
    from dunnage.sources._content import Opened
    from dunnage.sources._source import Options

_ID = re.compile(r"(?:sha256:)?[0-9a-f]{4,64}")
_CHUNK = 1024 * 1024
_SAVING = 600.0


class Engine(NamedTuple):
    """One kind of engine that speaks the API of Docker.

    Attributes:
        name: Scheme and program, such as ``docker``.
        variable: Environment variable that names its socket.
        sockets: Where its socket usually lies; ``$NAME`` at the beginning stands for an
            environment variable.
        start: How to start it.
        prefixes: What may stand before a name without a registry, besides nothing.
    """

    name: str
    variable: str
    sockets: tuple[str, ...]
    start: str
    prefixes: tuple[str, ...] = ()

    def save(self, name: str) -> str:
        """Return the command that does without the socket."""
        return f"{self.name} save {name} | dunnage scan -"


def layers_of(engine: Engine, text: str, options: Options) -> Layers | Several:
    """Return the layers of an image an engine has (Docker Engine API 1.24 and later).

    What is read is the image with the id the engine gave for the name, so that a name that moves
    meanwhile changes nothing.

    Args:
        engine: The engine.
        text: Name or id of the image.
        options: ``platform``, ``all_platforms``, ``limits`` and ``environ`` count. ``offline`` does not: a socket
            file leads to no network.

    Raises:
        TargetError: If there is no engine, no such image, or it cannot be had.
        InputError: If the engine breaks off, or what it gives is damaged.
        UsageError: If the variable that names the socket cannot be understood.
    """
    names = _names(text, engine)
    talk = Api(engine.name, _socket(engine, options.environ), options.limits)
    known = talk.known(names)
    where = f"{engine.name}:{text}"
    query = {"platform": _platform(options.platform)} if options.platform else {}
    with talk.answer(f"/images/{known.id}/get", _SAVING, query) as response:
        if response.status != 200:
            raise talk.refused(response, where)
        advice = f"save it to a file and scan that: {engine.name} save -o image.tar {text}"
        with closing(_chunks(response)) as chunks:
            stored = spooled(chunks, options.limits, where, advice)
    saved = _opened(archive(stored, options.limits), options)
    return renamed(saved, engine.name, _reference(text, known.names), known.note(talk.socket))


def _names(text: str, engine: Engine) -> tuple[str, ...]:
    """Return the names to ask for, in order.

    Raises:
        TargetError: If it is neither a name nor an id.
    """
    if _ID.fullmatch(text):
        return (text,)
    try:
        name = Reference.parse(text)
    except InputError as error:
        where = f"{engine.name}:{text[:120]}"
        raise TargetError(error.message, where=where, advice=error.advice) from error
    whole = text if name.digest or text.endswith(f":{name.tag}") else f"{text}:{name.tag}"
    named = name.domain != "docker.io" or text.startswith("docker.io/")
    return (whole, *(f"{prefix}/{whole}" for prefix in engine.prefixes if not named))


def _socket(engine: Engine, environ: Mapping[str, str]) -> str:
    """Return the socket to use: the one the environment names, else the first that answers.

    Raises:
        UsageError: If the environment names what is no socket file.
        TargetError: If none can be used; the message says which were tried.
    """
    from dunnage.io.local_socket import probe

    tried: list[str] = []
    denied = False
    for path in _candidates(engine, environ):
        try:
            probe(path)
        except OSError as error:
            denied = denied or isinstance(error, PermissionError)
            tried.append(f"{path} ({_reason(error)})")
        else:
            return path
    if denied:
        group = "join the group its file belongs to" if engine.name == "docker" else "use sudo"
        advice = f"{group}, or write: {engine.save('IMAGE')}"
    else:
        advice = f"start it: {engine.start}; or name its socket in {engine.variable}"
    raise TargetError(f"no socket of {engine.name} can be used: {', '.join(tried)}", advice=advice)


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "not there"
    if isinstance(error, PermissionError):
        return "no permission"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens"
    return (error.strerror or str(error))[:80]


def _candidates(engine: Engine, environ: Mapping[str, str]) -> Iterator[str]:
    said = environ.get(engine.variable, "")
    if said:
        scheme, mark, path = said.partition("://")
        if not mark or scheme != "unix" or not path.startswith("/") or "\0" in path:
            raise UsageError(
                f"{engine.variable} names {scheme[:20]}{mark}..., but only unix:///PATH is understood",
                advice=f"unset it, or write: {engine.save('IMAGE')}",
            )
        yield path
        return
    for place in engine.sockets:
        start, slash, rest = place.partition("/")
        folder = environ.get(start[1:], "") if start else ""
        if start and not folder.startswith("/"):
            continue
        yield f"{folder.rstrip('/')}{slash}{rest}"


def _platform(text: str) -> str:
    """Return a platform as the API takes it; engines before API 1.48 leave it out of account."""
    platform = parse_platform(text)
    parts = (
        {}
        if platform is None
        else {
            "os": platform.os,
            "architecture": platform.architecture,
            "variant": platform.variant,
        }
    )
    return json.dumps({key: value for key, value in parts.items() if value})


def _chunks(response: Response) -> Generator[bytes]:
    while chunk := response.read1(_CHUNK):
        yield chunk


def _opened(opened: Opened, options: Options) -> Layers | Several:
    """Return the image of an archive of one; of several platforms the wanted one, or all."""
    options = replace(options, choose="")
    members, name = opened.members, opened.stored.name
    if members is None or members.get("manifest.json") is not None:
        try:
            return _docker.layers_of(opened, "", options)
        except TargetError:
            if members is None or members.get("index.json") is None:
                raise
    files = _layout.Packed(members)
    return _layout.layers_of(files, name, opened.kind, "", options, opened.problems)


def _reference(text: str, names: Sequence[str]) -> str:
    """Return the name of an image: the one that was asked for if the engine knows it so."""
    if _ID.fullmatch(text) and text not in names:
        return names[0] if names else text
    return text
