"""What an image looks like from its packages, where nobody says what it was built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.rules.attack_surface import MANY_PACKAGES

if TYPE_CHECKING:
    from dunnage.model.image import Image
    from dunnage.model.package import Package
    from dunnage.model.report import Subject
    from dunnage.model.system import OperatingSystem

FEW_FILES = 50
"""Most files of an image that looks like one program on scratch."""

_TYPES = frozenset({"deb", "rpm", "apk", "alpm"})
_SINGLE, _STATUS = "var/lib/dpkg/status.d/", "var/lib/dpkg/status"
_MANAGERS = ("apt", "apk-tools", "dnf5", "dnf", "yum", "microdnf", "zypper", "tdnf", "pacman")
_WITH_PYTHON = frozenset({"dnf", "dnf5", "yum"})
_SHELLS = frozenset({"bash", "dash", "busybox", "busybox-static", "ash", "zsh", "toybox", "mksh"})
_LIBC = frozenset({"libc6", "glibc", "musl", "libc6-compat"})
_COMPILERS = frozenset({"gcc", "g++", "gcc-c++", "clang", "build-essential"})
_PROGRAMS = frozenset({"go-binary", "rust-binary"})
_RUNTIMES = {
    "python-runtime": ("Python", "python", "PYTHON_VERSION"),
    "node-runtime": ("Node.js", "node", "NODE_VERSION"),
    "php-runtime": ("PHP", "", ""),
    "java-runtime": ("Java", "", ""),
}
"""Cataloger -> what it finds, the repository of its official images, and the variable in which
these say their version."""
_IMAGES = {
    "debian": ("debian", "debian:{release}"),
    "ubuntu": ("ubuntu", "ubuntu:{release}"),
    "alpine": ("alpine", "alpine:{release}"),
    "fedora": ("fedora", "fedora:{release}"),
    "rocky": ("rockylinux", "rockylinux:{release}"),
    "almalinux": ("almalinux", "almalinux:{release}"),
    "ol": ("oraclelinux", "oraclelinux:{release}"),
    "rhel": ("ubi", "registry.access.redhat.com/ubi{release}/ubi"),
}
"""Distribution -> key of the family of its own images, and the name of the full one."""


class Content(Struct, frozen=True):
    """What the contents of an image look like.

    Attributes:
        tier: As of ``BaseFacts``.
        words: In words: ``Debian GNU/Linux 12 with Python 3.11.2``.
        family: Key in ``data/bases.toml``, or empty.
        release: Of the distribution.
        image: A name that stands for family and release, or empty.
        compiler: True if a compiler is there.
    """

    tier: str
    words: str
    family: str = ""
    release: str = ""
    image: str = ""
    compiler: bool = False


def like(subject: Subject) -> Content | None:
    """Return what an image looks like, or None if its contents do not tell."""
    packages = subject.inventory.packages
    own = [package for package in packages if package.type in _TYPES]
    system = subject.inventory.system
    if system is None and not own:
        return _bare(subject)
    if system is None or not own:
        return None
    compiler = any(map(_compiles, own))
    tier = _tier(own, system, compiler=compiler)
    name = _distribution(system)
    runtime = _runtime(packages)
    told = f"{name} with {runtime[0]}" if runtime else name
    release = _release(system)
    family, image = _official(runtime, subject.image, system, tier) if runtime else ("", "")
    if not family and system.id in _IMAGES and system.version:
        family, pattern = _IMAGES[system.id]
        image = pattern.format(release=release)
    return Content(tier, told, family, release, image, compiler)


def _release(system: OperatingSystem) -> str:
    """Return the release of a distribution as the tags of its images name it."""
    parts = system.version.split(".")
    return ".".join(parts[:2]) if system.id in {"ubuntu", "alpine"} else parts[0]


def _compiles(package: Package) -> bool:
    """Tell whether a package is a compiler, whatever version its name ends in (``gcc-12``)."""
    return package.name.rstrip("0123456789").rstrip("-") in _COMPILERS


def _bare(subject: Subject) -> Content | None:
    """Return what an image without a distribution looks like."""
    programs = any(package.found_by in _PROGRAMS for package in subject.inventory.packages)
    if programs and 0 < subject.examined.files <= FEW_FILES:
        return Content("scratch", "one program and nothing of a distribution")
    return None


def _tier(own: list[Package], system: OperatingSystem, *, compiler: bool) -> str:
    names = {package.name for package in own}
    paths = {package.locations[0].path for package in own if package.locations}
    single = any(_SINGLE in path for path in paths)
    manager = next((name for name in _MANAGERS if name in names), "")
    if single and not any(path.endswith(_STATUS) for path in paths):
        return "distroless" if names & _LIBC else "static"
    if not manager:
        if names & _SHELLS:
            return "minimal"
        return "distroless" if names & _LIBC else "static"
    if manager == "apk-tools" and system.id == "alpine":
        return "alpine"
    full = compiler or len(own) > MANY_PACKAGES or manager in _WITH_PYTHON
    return "full" if full else "slim"


def _distribution(system: OperatingSystem) -> str:
    """Return its name and release: ``Debian GNU/Linux 12``, without the code name."""
    name = system.name or system.id
    bare = name.partition(" (")[0] or name
    return bare if _release(system) in bare else f"{bare} {system.version}"


def _runtime(packages: tuple[Package, ...]) -> tuple[str, str, Package] | None:
    """Return the one interpreter that no package of the distribution brought.

    Returns:
        What it is with its version, and the name of the cataloger that found it; None if there is
        none, or several.
    """
    found = {
        (package.found_by, package.version): package
        for package in packages
        if package.found_by in _RUNTIMES and not package.owner
    }
    if len(found) != 1:
        return None
    ((by, version), package), *_ = found.items()
    return f"{_RUNTIMES[by][0]} {version}", by, package


def _official(
    runtime: tuple[str, str, Package],
    image: Image | None,
    system: OperatingSystem,
    tier: str,
) -> tuple[str, str]:
    """Return family and name of the official image that left its mark, or empty texts.

    These images say in a variable which version they brought, and put it below ``usr/local``.
    """
    _, by, package = runtime
    _, repository, variable = _RUNTIMES[by]
    place = package.locations[0].path if package.locations else ""
    if image is None or not repository or not place.startswith("usr/local/"):
        return "", ""
    if f"{variable}={package.version}" not in image.env:
        return "", ""
    if system.id == "alpine":
        return repository, f"{repository}:{package.version}-alpine{_release(system)}"
    if system.id != "debian" or not system.codename:
        return "", ""
    parts = [package.version, system.codename]
    if tier == "slim":
        parts.insert(1 if repository == "python" else 2, "slim")
    return repository, f"{repository}:{'-'.join(parts)}"
