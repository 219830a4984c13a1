"""Go: one program, without a libc where cgo is off, else with the libc it was built with."""

from __future__ import annotations

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


def _makes(placed: Placed) -> Iterable[Made]:
    command, cwd = placed.command, placed.cwd
    if command.name != "go" or command.verb not in {"build", "install"} or cwd is None:
        return []
    if command.verb == "install":
        return [Made("/go/bin", placed.line, "go install", folder=True)]
    output = command.value_of("-o")
    if output is None:
        return [Made(cwd, placed.line, "go build", folder=True)]
    if output.text is None:
        return []
    path = joined(cwd, output.text)
    folder = output.text.endswith("/") or output.text == "."
    return [Made(path, placed.line, f"go build -o {output.text}", folder)]


def _builds(build: Build) -> list[Command]:
    return [
        one.command
        for one in build.commands
        if one.command.name == "go" and one.command.verb in {"build", "install"}
    ]


def _static(build: Build) -> str:
    """Return why no program is linked with a libc, or nothing if one may be."""
    settings = [compiled.setting(build, command, "CGO_ENABLED") for command in _builds(build)]
    if settings and all(one == "0" for one in settings):
        return "CGO_ENABLED=0 makes programs that need no libc"
    numbers = build.base.version.split(".")[:2]
    known = len(numbers) == 2 and all(one.isdecimal() for one in numbers)
    new = not build.base.version or (known and tuple(map(int, numbers)) >= _CGO_OPTIONAL)
    words = {word.text for placed in build.commands for word in placed.command.words}
    if build.base.tier == "alpine" and new and not words & _COMPILERS and not any(settings):
        return "cgo is off without a C compiler, which this image lacks (since Go 1.20)"
    return ""


def _plan(build: Build) -> Plan | Reason:
    made = compiled.all_made(build, _makes)
    path = compiled.started(build, _BINS, made)
    origin = compiled.artefact(build, path, made)
    if isinstance(origin, Reason):
        return origin
    if (files := compiled.data_files(build)) is not None:
        return files
    static = _static(build)
    if static:
        image, why = compiled.distroless("static"), static
    elif build.base.libc == "glibc":
        image = compiled.distroless("base")
        why = "cgo may be on: it has glibc 2.41 (Debian 13), which is not older than the builder's"
    elif build.base.release:
        image, why = f"alpine:{build.base.release}", "cgo may be on: it has the musl of the builder"
    else:
        message = f"cgo may be on, and which Alpine {build.base.image} rests on is not known"
        return Reason("unknown-libc", message, build.stage.start.line, "set CGO_ENABLED=0")
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
