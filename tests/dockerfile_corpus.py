"""The shared corpus of Dockerfiles, and what BuildKit's own reader says of a file."""

from __future__ import annotations

import tarfile
from functools import cache
from typing import TYPE_CHECKING

import dockerfile as buildkit

from dunnage.parsers.dockerfile import read
from support import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction

WHOLE_LINE = frozenset({
    "RUN", "CMD", "ENTRYPOINT", "USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER", "SHELL",
})  # fmt: skip
WORDS = frozenset({"FROM", "EXPOSE", "COPY", "ADD", "VOLUME"})


@cache
def corpus() -> dict[str, bytes]:
    """Return all files of the shared corpus by name; skips without it."""
    found: dict[str, bytes] = {}
    with tarfile.open(data_root() / "corpus" / "dockerfiles.tar.gz") as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is not None:
                found[member.name] = file.read()
    return found


def refusal(data: bytes) -> str:
    """Return why BuildKit's reader refuses a file, or nothing."""
    try:
        buildkit.parse_string(data.decode("utf-8"))
    except (buildkit.GoParseError, UnicodeDecodeError) as error:
        return str(error) or "refused"
    return ""


def disagreements(data: bytes) -> Iterator[str]:
    """Tell where our reader and BuildKit's see different things in a file both read."""
    theirs = [one for one in buildkit.parse_string(data.decode("utf-8")) if one.cmd]
    ours = read(data).instructions
    a = [(one.cmd.upper(), one.start_line, one.end_line) for one in theirs]
    b = [(one.keyword, one.line, one.last) for one in ours]
    if a != b:
        yield f"lines: {a} is not {b}"
        return
    for one, own in zip(theirs, ours, strict=True):
        yield from _in_one(one, own)


def _in_one(one: buildkit.Command, own: Instruction) -> Iterator[str]:
    held = own.inner if own.inner is not None else own
    where = f"line {own.line}"
    # The oracle does not tell flags and here-documents of what ONBUILD holds.
    if own.keyword not in {"HEALTHCHECK", "ONBUILD"}:
        flags = tuple(
            f"--{flag.name}" + ("" if flag.value is None else f"={flag.value}")
            for flag in held.flags
        )
        if flags != tuple(one.flags):
            yield f"{where}: flags {one.flags} are not {flags}"
    if bool(one.json) != (held.json is not None):
        yield f"{where}: JSON {one.json}"
    told = [(doc.name, doc.file_descriptor, doc.content) for doc in one.heredocs]
    found = [(doc.name, doc.fd, doc.content) for doc in held.heredocs]
    if told != found and own.keyword != "ONBUILD":
        yield f"{where}: here-documents {told} are not {found}"
    # Of a HEALTHCHECK the oracle gives the keyword first, of an ONBUILD it gives what is held.
    values = list(one.value)[1:] if own.keyword == "HEALTHCHECK" else list(one.value)
    if own.keyword == "ONBUILD":
        values = values if held is not own else []
    if (expected := _values(held)) is not None and [*filter(None, values)] != [
        *filter(None, expected)
    ]:
        yield f"{where}: values {values} are not {expected}"


def _values(own: Instruction) -> list[str] | None:
    if own.json is not None:
        return [word.text for word in own.json]
    if own.keyword in WHOLE_LINE:
        return [own.value]
    if own.keyword in WORDS:
        return [word.text for word in own.words]
    if own.keyword in {"ENV", "LABEL"}:
        return [part or "" for pair in own.pairs for part in (pair.name, pair.value)]
    return None
