"""Go: one program, without a libc where cgo is off, else with the libc it was built with."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from dunnage.remedies import _harden_compiled as compiled
from dunnage.remedies._harden_paths import Made, joined
from dunnage.remedies._harden_types import Plan, Reason, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.parsers.shell import Command
    from dunnage.remedies._harden_types import Build, Placed

_VALUED = ("-o", "-ldflags", "-tags", "-gcflags", "-asmflags", "-mod", "-p", "-C", "-buildmode")
_CGO_OPTIONAL = (1, 20)
"""Since Go 1.20 cgo is off where there is no C compiler: https://go.dev/doc/go1.20#cgo."""
_COMPILERS = frozenset({"gcc", "build-base", "musl-dev", "clang"})
_BINS = ("/go/bin", "/usr/local/bin", "/usr/bin", "/bin")
_MODE = re.compile(r"-buildmode(?:=|\s+)[\"']?(\w[\w-]*)")
_EXTERNAL = re.compile(r"-linkmode(?:=|\s+)[\"']?external")


def _makes(build: Build, placed: Placed) -> Iterable[Made]:
    command, cwd = placed.command, placed.cwd
    if command.name != "go" or command.verb not in {"build", "install"} or cwd is None:
        return []
    if command.verb == "install":
        bins = _installed(build, command)
        return [Made(bins, placed.line, "go install", folder=True)] if bins else []
    output = command.value_of("-o")
    if output is None:
        return [Made(cwd, placed.line, "go build", folder=True)]
    if output.text is None:
        return []
    path = joined(cwd, output.text)
    folder = output.text.endswith("/") or output.text == "."
    return [Made(path, placed.line, f"go build -o {output.text}", folder)]


def _installed(build: Build, command: Command) -> str:
    """Return where ``go install`` puts programs, or nothing if that is not known."""
    if not build.on_distribution:
        return "/go/bin"
    named = compiled.setting(build, command, "GOBIN")
    if named is not None:
        return named
    path = compiled.setting(build, command, "GOPATH")
    if path is not None:
        return joined(path.partition(":")[0], "bin")
    return compiled.home_folder(build, "go/bin")


def _builds(build: Build) -> list[Command]:
    return [
        one.command
        for one in build.commands
        if one.command.name == "go" and one.command.verb in {"build", "install"}
    ]


def _mode(build: Build, command: Command) -> str:
    """Return the build mode that a command names, or nothing.

    It is ``external`` for a linker other than Go's, and ``unknown`` where a variable holds it.
    """
    told = " ".join(word.raw for word in command.words)
    told += f" {compiled.setting(build, command, 'GOFLAGS') or ''}"
    if _EXTERNAL.search(told):
        return "external"
    found = _MODE.search(told)
    if found is None:
        return "unknown" if "-buildmode" in told else ""
    return found[1]


def _static(build: Build) -> str:
    """Return why no program is linked with a libc, or nothing if one may be.

    A position-independent program (``-buildmode=pie``) is loaded by the libc's loader even without
    cgo, and Alpine's own Go may make such by itself: https://github.com/golang/go/issues/40711,
    https://github.com/alpinelinux/aports/pull/6719.
    """
    commands = _builds(build)
    settings = [compiled.setting(build, command, "CGO_ENABLED") for command in commands]
    modes = {_mode(build, command) for command in commands}
    plain = {"exe"} if _of_alpine(build) else {"", "default", "exe"}
    if not modes <= plain:
        return ""
    if settings and all(one == "0" for one in settings):
        exe = " and -buildmode=exe make" if _of_alpine(build) else " makes"
        return f"CGO_ENABLED=0{exe} programs that need no libc"
    if build.on_distribution:
        return ""
    numbers = build.base.version.split(".")[:2]
    known = len(numbers) == 2 and all(one.isdecimal() for one in numbers)
    new = not build.base.version or (known and tuple(map(int, numbers)) >= _CGO_OPTIONAL)
    words = {word.text for placed in build.commands for word in placed.command.words}
    if build.base.tier == "alpine" and new and not words & _COMPILERS and not any(settings):
        return "cgo is off without a C compiler, which this image lacks (since Go 1.20)"
    return ""


def _of_alpine(build: Build) -> bool:
    """Tell whether Alpine's own Go builds."""
    return build.on_distribution and build.base.libc == "musl"


def _runtime(build: Build) -> tuple[str, str] | Reason:
    """Return the image that programs run on, and why they do."""
    if static := _static(build):
        return compiled.distroless("static"), static
    if build.base.libc == "glibc":
        image = compiled.distroless("base")
        fits = compiled.glibc_fits(build, image)
        if isinstance(fits, Reason):
            return fits._replace(advice=f"{fits.advice}; or set CGO_ENABLED=0")
        return image, f"{_may(build)}: {fits}"
    same = compiled.same_alpine(build)
    exe = "CGO_ENABLED=0 and -buildmode=exe" if _of_alpine(build) else "CGO_ENABLED=0"
    if isinstance(same, Reason):
        message, advice = f"{_may(build)}: {same.message}", f"{same.advice}; or set {exe}"
        return same._replace(message=message, advice=advice)
    return same[0], f"{_may(build)}: {same[1]}"


def _may(build: Build) -> str:
    """Return why a program may need a libc."""
    settings = [compiled.setting(build, command, "CGO_ENABLED") for command in _builds(build)]
    if not settings or any(one != "0" for one in settings):
        return "cgo may be on"
    if any(_mode(build, command) for command in _builds(build)):
        return "the way it is linked may need the loader of a libc"
    return "Alpine's Go may make programs that musl loads"


def _plan(build: Build) -> Plan | Reason:
    made = compiled.all_made(build, partial(_makes, build))
    path = compiled.started(build, compiled.search_path(build, _BINS), made)
    origin = compiled.artefact(build, path, made)
    if isinstance(origin, Reason):
        return origin
    if (files := compiled.data_files(build)) is not None:
        return files
    runtime = _runtime(build)
    if isinstance(runtime, Reason):
        return runtime
    image, why = runtime
    copies, claim = compiled.one_file(path, origin, build.start.line)
    base = compiled.base_claim(build, image, why)
    entry = (path, *build.start.words[1:])
    return Plan(image, copies, entry, compiled.NONROOT, (base, claim), build.start.arguments)


def _native(build: Build) -> bool:
    return not _static(build)


recipe = Recipe(
    title="Go",
    tools=frozenset({
        "go", "dep", "glide", "godep", "govendor", "gofmt", "golint", "golangci-lint", "packr",
        "packr2", "statik", "protoc", "swag", "wire", "mockgen", "go-bindata", "upx",
    }),
    plan=_plan,
    whole=False,
    native=_native,
)  # fmt: skip
