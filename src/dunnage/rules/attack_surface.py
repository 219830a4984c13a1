"""The one rule by which an image gets its class of attack surface.

The classes, from the smallest; the first that holds is it:

- **Minimal**: nothing is there to run but the application. No shell, no package manager, no
  interpreter, no compiler, no dynamic loader, no setuid or setgid program, none with file
  capabilities, and at most 20 executables.
- **Large**: a compiler or build tool is there, or more than 250 distribution packages, or more than
  1,500 executables.
- **Small**: neither a shell nor a package manager is there; or at most 50 distribution packages and
  at most 150 executables.
- **Moderate**: everything else.

Everything is measured in the tree of files a container sees. Executables are files somebody may
execute that begin like an ELF file, a PE file or a script; hard links to one file count once, symbolic
links do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.model.package import Package
    from dunnage.model.surface import Surface

FEW_EXECUTABLES = 20
"""Most executables of a minimal image."""
SOME_PACKAGES, SOME_EXECUTABLES = 50, 150
"""Most of a small image that has a shell or a package manager."""
MANY_PACKAGES, MANY_EXECUTABLES = 250, 1500
"""Most of an image that is not large."""

_DISTRIBUTION = frozenset({"deb", "rpm", "apk", "alpm"})
_NAMED = 6


def rated(surface: Surface, packages: Sequence[Package]) -> Surface:
    """Return the surface with its class and the reasons for it.

    Args:
        surface: As measured.
        packages: Of the same target; those of distributions count.
    """
    count = sum(package.type in _DISTRIBUTION for package in packages)
    rating, reasons = _class(surface, count)
    return replace(surface, rating=rating, reasons=reasons)


def _class(surface: Surface, packages: int) -> tuple[str, tuple[str, ...]]:
    there = {
        "shell": surface.of("shell"),
        "package manager": surface.of("package-manager"),
        "interpreter": surface.of("interpreter"),
        "compiler or build tool": surface.of("compiler"),
    }
    told = [f"{word}: {_some(names)}" for word, names in there.items() if names]
    none = [word for word, names in there.items() if not names]
    if none:
        told.append(f"no {', no '.join(none)}")
    told.append(_privileges(surface))
    told.append(
        f"{_counted(packages, 'distribution package')}, "
        f"{_counted(surface.executables, 'executable')}"
    )
    verdict, why = _verdict(surface, packages)
    return verdict, (why, *told)


def _verdict(surface: Surface, packages: int) -> tuple[str, str]:
    shell, manager = surface.of("shell"), surface.of("package-manager")
    compilers = surface.of("compiler")
    alone = not (shell or manager or compilers or surface.of("interpreter"))
    if (
        alone
        and not surface.loader
        and not surface.privileged
        and surface.executables <= FEW_EXECUTABLES
    ):
        return "minimal", "minimal: nothing is there to run but the application"
    if compilers:
        return "large", f"large: a compiler or build tool is there ({_some(compilers)})"
    if packages > MANY_PACKAGES:
        return "large", f"large: more than {MANY_PACKAGES} distribution packages"
    if surface.executables > MANY_EXECUTABLES:
        return "large", f"large: more than {MANY_EXECUTABLES:,} executables"
    if not (shell or manager):
        return "small", "small: neither a shell nor a package manager is there"
    if packages <= SOME_PACKAGES and surface.executables <= SOME_EXECUTABLES:
        return "small", (
            f"small: at most {SOME_PACKAGES} distribution packages and {SOME_EXECUTABLES}"
            " executables"
        )
    return "moderate", (
        f"moderate: a shell or package manager, and more than {SOME_PACKAGES} distribution packages"
        f" or {SOME_EXECUTABLES} executables; no compiler"
    )


def _privileges(surface: Surface) -> str:
    count = len(surface.privileged)
    loader = "a dynamic loader" if surface.loader else "no dynamic loader"
    if not count:
        return f"{loader}, no setuid or setgid program"
    return f"{loader}, {_counted(count, 'program')} with setuid, setgid or capabilities"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
