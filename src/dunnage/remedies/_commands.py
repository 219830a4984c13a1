"""Says what to run for an upgrade, in the words of the package's own tool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SAFE_NAME = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._+:/~-]{0,254}")
_SAFE_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+:~^-]{0,127}")

_SYSTEM = {
    "deb": "apt-get install --only-upgrade {names}",
    "apk": "apk add --upgrade {names}",
    "rpm": "dnf upgrade {names}",
}
_RPM_TOOLS = {
    "sles": "zypper update {names}",
    "opensuse-leap": "zypper update {names}",
    "opensuse-tumbleweed": "zypper update {names}",
    "photon": "tdnf update {names}",
    "azurelinux": "tdnf update {names}",
    "mariner": "tdnf update {names}",
}
_LIBRARY = {
    "pypi": "pip install {name}=={version}",
    "npm": "npm install {name}@{version}",
    "golang": "go get {name}@{version}",
    "cargo": "cargo update -p {name} --precise {version}",
    "composer": "composer require {name}:{version}",
    "gem": "gem install {name} --version {version}",
    "nuget": "dotnet add package {name} --version {version}",
    "hex": "set the version of {name} to {version}",
    "pub": "set the version of {name} to {version}",
    "maven": "set the version of {name} to {version}",
}


def command(kind: str, names: Sequence[str], version: str, system: str = "") -> str:
    """Return what to run or write to get a version, or empty if nobody can say.

    Names and versions come out of the examined image and people paste commands into shells, so
    anything but the plain characters that package names are made of gives no command at all.

    Args:
        kind: Package URL type.
        names: Names of the packages to upgrade together; all the same for a library.
        version: Version to go to; system tools take the newest their repositories have.
        system: ``ID`` of os-release, which chooses among the tools for rpm packages.
    """
    unique = sorted(set(names))
    if not unique or not all(_SAFE_NAME.fullmatch(name) for name in unique):
        return ""
    if not _SAFE_VERSION.fullmatch(version):
        return ""
    if kind in _SYSTEM:
        template = _RPM_TOOLS.get(system, _SYSTEM["rpm"]) if kind == "rpm" else _SYSTEM[kind]
        return template.format(names=" ".join(unique))
    if kind == "golang" and unique[0] in {"stdlib", "toolchain", "go"}:
        return f"rebuild with Go {version.removeprefix('go').removeprefix('v')} or later"
    return _LIBRARY.get(kind, "").format(name=unique[0], version=version)
