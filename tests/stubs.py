"""Catalogers and images for the tests of the indexer."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from msgspec.structs import replace

from dunnage.indexing.layers import index_layers
from dunnage.indexing.plan import Indexed, Plan
from dunnage.model.cataloger import Cataloger, Fact, File
from dunnage.model.errors import InputError
from dunnage.model.image import Image, Layer
from dunnage.model.package import Package
from dunnage.model.system import OperatingSystem
from dunnage.model.target import Layers
from images import compress, sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.model.problem import Problem

MAGIC = b"PK!"


def _lines(file: File, kind: str) -> Fact:
    """Each line is ``name version`` and perhaps ``owns=PATH``, or ``bad``."""
    packages, files = [], []
    for line in file.body.all(1 << 20).decode().splitlines():
        if line == "bad":
            raise InputError("a bad line", advice="repair it")
        name, version, *rest = line.split()
        packages.append(Package(kind, name, version))
        files += [(name, word.removeprefix("owns=")) for word in rest if word.startswith("owns=")]
    return Fact(packages=tuple(packages), files=tuple(files))


def _by_magic(file: File) -> Fact:
    name = file.body.read(3, 100).decode("utf-8", "surrogateescape")
    return Fact(packages=(Package("golang", name, "1"),))


def _notes(file: File) -> Fact:
    return Fact(notes=(("id", file.body.all(100).decode()),))


CATALOGERS = {
    "database": Cataloger(
        parse=lambda file: _lines(file, "deb"),
        version=1,
        types=("deb",),
        system=True,
        paths=("var/db/status",),
        database=True,
    ),
    "library": Cataloger(
        parse=lambda file: _lines(file, "pypi"), version=1, types=("pypi",), names=("METADATA",)
    ),
    "program": Cataloger(parse=_by_magic, version=1, types=("golang",), magic=(MAGIC,)),
    "os-release": Cataloger(
        parse=_notes, version=1, types=(), system=True, paths=("etc/os-release",)
    ),
}


def identify(facts: Sequence[Fact]) -> tuple[OperatingSystem | None, tuple[Problem, ...]]:
    """Return a system named after the only note."""
    if not facts:
        return None, ()
    return OperatingSystem(facts[0].notes[0][1], "9", namespace="vendor"), ()


PLAN = Plan(CATALOGERS, identify=identify, jobs=1)


def image(tars: Sequence[bytes], *, compression: str = "gzip", digests: bool = True) -> Layers:
    """Return an image of uncompressed tars.

    Args:
        tars: From the base upwards.
        compression: As in ``images.compress``.
        digests: False leaves out blob digests, as docker archives do.
    """
    blobs = [compress(tar, compression) for tar in tars]
    layers = tuple(
        Layer(index, sha256(blob) if digests else "", sha256(tar), len(blob))
        for index, (tar, blob) in enumerate(zip(tars, blobs, strict=True))
    )
    return layers_of(layers, blobs)


def layers_of(layers: Sequence[Layer], blobs: Sequence[bytes]) -> Layers:
    """Return an image with these layers, whatever their blobs are."""

    def opened(layer: Layer) -> BinaryIO:
        return io.BytesIO(blobs[layer.index])

    return Layers("test", "oci-dir", Image("test", layers=tuple(layers)), opened)


def index(tars: Sequence[bytes], plan: Plan = PLAN, *, compression: str = "none") -> Indexed:
    """Index an image of uncompressed tars."""
    return index_layers(image(tars, compression=compression), plan)


def listed(indexed: Indexed) -> set[tuple[str, str, str, int]]:
    """Return name, version, path and layer of every package."""
    return {
        (p.name, p.version, p.locations[0].path, p.locations[0].layer)
        for p in indexed.inventory.packages
    }


def codes(indexed: Indexed) -> list[str]:
    """Return the codes of all problems."""
    return [problem.code for problem in indexed.inventory.problems]


def with_plan(**changes: object) -> Plan:
    """Return the usual plan with some changes."""
    return replace(PLAN, **changes)
