"""Writes what cannot be read in place to unlinked, bounded temporary files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.io.decompress import inflate, kind_of
from dunnage.model.errors import LimitError, TargetError
from dunnage.model.problem import Effect
from dunnage.sources._stored import Stored

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.model.limits import Limits
    from dunnage.model.problem import Problem

AGAIN = "fetch or save the image again"


def head_of(stored: Stored, length: int, limits: Limits) -> bytes:
    """Return about ``length`` leading bytes of the uncompressed content, or what there is of it.

    Raises:
        InputError: If the medium fails.
    """
    found = bytearray()
    for chunk in inflate(stored.reader(), limits):
        found += chunk
        if len(found) >= length:
            break
    return bytes(found[:length])


def unpacked(stored: Stored, limits: Limits) -> tuple[Stored, tuple[Problem, ...]]:
    """Return an archive without compression, and what was wrong with its compression.

    A plain archive comes back as it is; else it is decompressed in one pass.

    Raises:
        LimitError: If it is larger than the temporary disk it may take.
        InputError: If the medium fails.
    """
    if kind_of(stored.read_at(0, 8)) == "none":
        return stored, ()
    chunks = inflate(stored.reader(), limits)
    advice = "decompress it first; plain archives are read in place"
    plain = spooled(chunks, limits, stored.name, advice)
    where = stored.name
    return plain, tuple(replace(p, where=f"{where}, {p.where}") for p in chunks.problems)


def explained(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return what was wrong with the compression of an archive, if its layers say it themselves.

    An archive that ends too early lacks layers, and each of them is told; why it does so is a note.
    """
    return tuple(replace(problem, effect=Effect.NOTE) for problem in problems)


def spooled(chunks: Iterable[bytes], limits: Limits, name: str, advice: str) -> Stored:
    """Write a stream to an unlinked temporary file.

    Args:
        chunks: The stream.
        limits: ``spill_budget`` is the most that is written.
        name: What to call it in messages.
        advice: What to do if it is larger.

    Raises:
        LimitError: If it is larger than that.
        TargetError: If the temporary disk fails.
    """
    import tempfile

    written = 0
    try:
        with tempfile.TemporaryFile(prefix="dunnage-", buffering=0) as file:
            for chunk in chunks:
                written += len(chunk)
                if written > limits.spill_budget:
                    raise LimitError(
                        f"it needs more than {limits.spill_budget} bytes of temporary disk",
                        where=name,
                        advice=advice,
                    )
                _write(file.fileno(), chunk)
            return Stored(os.dup(file.fileno()), name)
    except OSError as error:
        raise TargetError(
            f"no temporary file could be written: {error.strerror}", where=name, advice=advice
        ) from error


def _write(fd: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(fd, rest) :]
