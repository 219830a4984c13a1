"""Unpacks the shared operating system images into memory and hands their files to catalogers."""

from __future__ import annotations

import io
import tarfile
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from bodies import Memory
from dunnage.model.cataloger import File
from support import data_json, data_root

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dunnage.model.cataloger import Cataloger, Fact
    from dunnage.model.package import Package


def images(folder: str) -> list[dict[str, Any]]:
    """Return the entries of images.json below one folder, such as ``rpm``."""
    found: list[dict[str, Any]] = data_json("images.json")["images"]
    return [image for image in found if image["file"].startswith(f"images/{folder}/")]


def image_names(*folders: str) -> list[str]:
    """Return the names of all images below some folders; one empty name without shared data."""
    import os

    if not os.environ.get("DUNNAGE_TEST_DATA"):
        return [""]
    return [image["file"] for folder in folders for image in images(folder)]


@cache
def tree(name: str) -> Mapping[str, bytes]:
    """Return the regular files of an image by path; of a docker archive those of its layer."""
    files = _unpacked((data_root() / name).read_bytes())
    layers = [data for path, data in files.items() if path.endswith("layer.tar")]
    return _unpacked(layers[0]) if layers else files


def _unpacked(data: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            body = tar.extractfile(member) if member.isfile() else None
            if body is not None:
                found[member.name.removeprefix("./")] = body.read()
    return found


def wants(cataloger: Cataloger, path: str) -> bool:
    """Tell whether a cataloger declares that it wants a path, as ``Cataloger`` describes it."""
    folder, _, name = path.rpartition("/")
    suffix = "." + name.rpartition(".")[2] if "." in name else ""
    return (
        name in cataloger.names
        or suffix in cataloger.suffixes
        or any(f"/{path}".endswith(f"/{ending}") for ending in cataloger.paths)
        or (
            any(f"/{folder}".endswith(f"/{ending}") for ending in cataloger.folders)
            and (not cataloger.folder_suffixes or suffix in cataloger.folder_suffixes)
        )
    )


def fact_of(
    cataloger: Cataloger, path: str, data: bytes, evidence: Callable[[str], bool] = bool
) -> Fact | None:
    """Parse one file."""
    fact = cataloger.parse(File(path, len(data), 0o644, Memory(data), evidence=evidence))
    return None if fact is None else replace(fact, path=path)


def facts_of(
    cataloger: Cataloger, files: Mapping[str, bytes], evidence: Callable[[str], bool] = bool
) -> list[Fact]:
    """Parse all files a cataloger wants and assemble their facts."""
    parsed = (
        fact_of(cataloger, path, data, evidence)
        for path, data in files.items()
        if wants(cataloger, path)
    )
    facts = [fact for fact in parsed if fact is not None]
    return list(cataloger.assemble(facts)) if cataloger.assemble else facts


def packages_of(cataloger: Cataloger, files: Mapping[str, bytes]) -> list[Package]:
    """Return the packages a cataloger finds in a tree."""
    return [package for fact in facts_of(cataloger, files) for package in fact.packages]
