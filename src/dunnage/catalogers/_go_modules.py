"""Makes packages of the build information of a Go program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.package import Package
from dunnage.parsers import go_buildinfo

if TYPE_CHECKING:
    from dunnage.parsers.go_buildinfo import BuildInfo, Module

_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?(?:[-+][0-9A-Za-z.+-]+)?)")
_LINKED = re.compile(r"""-X[ =]["']?([^\s"'=]+)\.([^\s"'=.]+)=["']?([^\s"']+)""")
_VERSION_WORDS = {"version", "appversion", "buildversion"}


def packages(info: BuildInfo) -> tuple[Package, ...]:
    """Return the main module, the standard library and the modules of a program.

    The main module's version is often unknown (``(devel)``). It is then taken from the linker
    flags if these set a version variable of that module, and is otherwise left empty, because a
    guess would be matched against advisories as if it were known.
    """
    libraries = {(module.path, module.version): _library(module) for module in info.modules}
    found = [_standard_library(info), *libraries.values()]
    main = _main(info, tuple(sorted({package.name for package in found})))
    return tuple([main, *found] if main else found)


def _standard_library(info: BuildInfo) -> Package:
    return Package(type="golang", name="stdlib", version=go_buildinfo.release(info.go))


def _library(module: Module) -> Package:
    if module.replaced is None:
        return Package(type="golang", name=module.path, version=_known(module.version))
    name, version = module.replaced
    if module.path.startswith((".", "/")) or not _known(module.version):
        # Replaced by a directory: the code is not that of any published version.
        extra = (("replaced-by", module.path),)
        return Package(type="golang", name=name, version="", extra=extra)
    extra = (("replaces", f"{name}@{version}"),)
    return Package(type="golang", name=module.path, version=module.version, extra=extra)


def _main(info: BuildInfo, depends: tuple[str, ...]) -> Package | None:
    module = info.main
    if info.path == "cmd/go":
        # The Go vulnerability database calls the distributed tools "toolchain".
        name, version = "toolchain", go_buildinfo.release(info.go)
    elif module is None or module.path in {"cmd", "std"}:
        return None
    else:
        name = module.path
        version = _known(module.version) or _linked(info, module.path)
    settings = dict(info.settings)
    extra = [("main-module", "true")]
    if settings.get("vcs.revision"):
        extra.append(("vcs-revision", settings["vcs.revision"]))
    return Package(
        type="golang", name=name, version=version, depends=depends, extra=tuple(sorted(extra))
    )


def _known(version: str) -> str:
    return "" if version == "(devel)" else version


def _linked(info: BuildInfo, path: str) -> str:
    """Return the version that the linker flags give the program, if all of them agree."""
    flags = " ".join(value for key, value in info.settings if key == "-ldflags")
    versions = set()
    for package, variable, value in _LINKED.findall(flags):
        own = package in {"main", path} or package.startswith(f"{path}/")
        match = _VERSION.fullmatch(value)
        if own and match and variable.lower() in _VERSION_WORDS:
            versions.add("v" + match[1])
    return versions.pop() if len(versions) == 1 else ""
