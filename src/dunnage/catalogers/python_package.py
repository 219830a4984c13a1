"""Lists installed Python packages by the metadata their installers leave.

Read are ``*.dist-info/METADATA`` (wheels), ``*.egg-info/PKG-INFO``, ``*.egg-info`` as a file
(distutils), ``EGG-INFO/PKG-INFO`` (unpacked eggs) and zipped ``*.egg`` files; see PyPA's
"recording installed projects" and the egg format of setuptools. Lists of installed files
(``RECORD``) are not read: nothing in the inventory would change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from dunnage.model.cataloger import File
    from dunnage.model.package import Package

_HEAD = 64 * 1024
_MAX_HEAD = 1024 * 1024
"""Bytes of the header; it may hold a whole licence, the description that follows is not read."""
_MAX_MEMBERS = 100_000
_MAX_NAME = 256


def parse(file: File) -> Fact | None:
    """Read the metadata of one package; None for files of the same name that are something else.

    Raises:
        InputError: If neither the metadata nor its directory tells name and version.
    """
    folder, _, base = file.path.rpartition("/")
    parent = folder.rpartition("/")[2]
    if base == "METADATA":
        if not parent.endswith(".dist-info"):
            return None
        data, label = _head(file), parent.removesuffix(".dist-info")
    elif base == "PKG-INFO":
        if not parent.endswith(".egg-info") and parent != "EGG-INFO":
            return None
        outer = folder.rpartition("/")[0].rpartition("/")[2]
        data, label = _head(file), parent if parent != "EGG-INFO" else outer
        label = label.removesuffix(".egg-info").removesuffix(".egg")
    elif base.endswith(".egg-info"):
        data, label = _head(file), base.removesuffix(".egg-info")
    else:
        data, label = _zipped(file), base.removesuffix(".egg")
    return Fact(packages=(_package(data, label),))


def _package(data: bytes, label: str) -> Package:
    from dunnage.parsers import python_metadata

    told = python_metadata.parse(data)
    name, version = told.name, told.version
    if not name or not version:
        # A wheel is installed as name-version.dist-info, an egg as name-version-pyX.Y.egg.
        parts = label.split("-")
        if len(parts) < 2 or not parts[0] or not parts[1][:1].isdigit():
            raise InputError(
                "the metadata of the Python package has no name or no version",
                advice="reinstall the package",
            )
        name, version = name or parts[0], version or parts[1]
    if len(name) + len(version) > _MAX_NAME or not (name + version).isprintable():
        raise InputError("the Python package has an absurd name or version")
    return python_metadata.package_of(replace(told, name=name, version=version))


def _head(file: File) -> bytes:
    """Return the header of the metadata, or as much of it as is read."""
    data = file.body.read(0, _HEAD)
    if len(data) == _HEAD and b"\n\n" not in data and b"\n\r\n" not in data:
        return file.body.read(0, _MAX_HEAD)
    return data


def _zipped(file: File) -> bytes:
    from dunnage.parsers import zip_directory, zip_member

    directory = zip_directory.find(file.body)
    if directory.count > _MAX_MEMBERS:
        raise InputError(f"the egg has {directory.count} members, more than {_MAX_MEMBERS}")
    for member in zip_directory.members(file.body, directory, (b"egg-info/pkg-info",)):
        if member.name == "EGG-INFO/PKG-INFO":
            reader = zip_member.MemberReader(file.body, member, lambda _: None)
            return reader.read(_MAX_HEAD)
    return b""


cataloger = Cataloger(
    parse=parse,
    version=1,
    types=("pypi",),
    names=("METADATA", "PKG-INFO"),
    suffixes=(".egg-info", ".egg"),
)
