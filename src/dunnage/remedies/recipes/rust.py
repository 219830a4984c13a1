"""Rust: one program, with glibc and libgcc, or without any libc where it is built for musl."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dunnage.remedies import _harden_compiled as compiled
from dunnage.remedies._harden_paths import Made, joined
from dunnage.remedies._harden_types import Plan, Reason, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.parsers.shell import Command
    from dunnage.remedies._harden_types import Build, Placed

_CARGO = "/usr/local/cargo/bin"
_BINS = (_CARGO, "/usr/local/bin", "/usr/bin", "/bin")


def _makes(build: Build, placed: Placed) -> Iterable[Made]:
    command, cwd = placed.command, placed.cwd
    if command.name != "cargo" or cwd is None:
        return []
    if command.verb == "install":
        folder = _installed(build, placed)
        own = command.value_of("--path") is not None and folder
        return [Made(folder, placed.line, "cargo install --path", folder=True)] if own else []
    if command.verb not in {"build", "b"}:
        return []
    profile = "release" if command.has("--release", "-r") else "debug"
    target = command.value_of("--target")
    out = command.value_of("--target-dir")
    if (target is not None and target.text is None) or (out is not None and out.text is None):
        return []
    folder = compiled.setting(build, command, "CARGO_TARGET_DIR") or "target"
    parts = [out.text or folder if out else folder]
    parts += [target.text or ""] if target else []
    path = joined(cwd, "/".join([*parts, profile]))
    return [Made(path, placed.line, f"cargo build, {profile}", folder=True)]


def _installed(build: Build, placed: Placed) -> str:
    """Return where ``cargo install`` puts programs, or nothing if that is not known."""
    command = placed.command
    root = command.value_of("--root")
    if root is not None:
        return joined(placed.cwd or "/", f"{root.text}/bin") if root.text else ""
    if not build.on_distribution:
        return _CARGO
    for name in ("CARGO_INSTALL_ROOT", "CARGO_HOME"):
        value = compiled.setting(build, command, name)
        if value is not None:
            return joined(value, "bin")
    return compiled.home_folder(build, ".cargo/bin")


def _cargo(build: Build) -> list[Command]:
    calls = [one.command for one in build.commands if one.command.name == "cargo"]
    return [one for one in calls if one.verb in {"build", "install", "b"}]


def _flags(build: Build, sign: str) -> bool:
    """Tell whether every build is told of static linking: ``+crt-static``, or ``-crt-static``."""
    calls = _cargo(build)
    told = [compiled.setting(build, one, "RUSTFLAGS") or "" for one in calls]
    return bool(told) and all(f"{sign}crt-static" in one for one in told)


def _dynamic(build: Build) -> bool:
    """Tell whether something asks for programs that are linked with the libc when they start."""
    told = [compiled.setting(build, one, "RUSTFLAGS") or "" for one in _cargo(build)]
    if build.context is not None:
        told += [build.context.text(f".cargo/config{end}") or "" for end in (".toml", "")]
    return any("-crt-static" in one for one in told)


def _musl(build: Build) -> str:
    """Return why programs are linked statically with musl, or nothing if they may not be.

    Rust's own toolchain does so. That of Alpine links with musl and libgcc when a program starts,
    unless told otherwise: its host is ``alpine-linux-musl``, not ``unknown-linux-musl``, see
    https://github.com/andrew-d/docker-rust-musl/issues/7.
    """
    targets = [one.value_of("--target") for one in _cargo(build)]
    named = [one.text or "" if one is not None else "" for one in targets]
    if _dynamic(build):
        return ""
    if named and all("-unknown-" in one and one.endswith("-musl") for one in named):
        return "it is built for a musl target, which Rust links statically"
    if build.base.libc != "musl":
        return ""
    if not build.on_distribution:
        return "Rust links programs statically on Alpine"
    if _flags(build, "+"):
        return "+crt-static makes Alpine's Rust link programs statically"
    return ""


def _runtime(build: Build) -> tuple[str, str] | Reason:
    """Return the image that programs run on, and why they do."""
    if static := _musl(build):
        return compiled.distroless("static"), static
    line = build.stage.start.line
    if build.base.libc == "glibc":
        image = compiled.distroless("cc")
        fits = compiled.glibc_fits(build, image)
        return fits if isinstance(fits, Reason) else (image, f"{fits}, and libgcc")
    if build.base.libc == "musl":
        message = (
            f"on {build.base.image} Rust links with musl and libgcc, which no lighter image has"
        )
        advice = 'set ENV RUSTFLAGS="-C target-feature=+crt-static"'
        if build.on_distribution:
            advice += ", or start from an official image such as rust:1-alpine"
        return Reason("unknown-libc", message, line, advice)
    return Reason("unknown-libc", f"which libc {build.base.image} has is not known", line)


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


recipe = Recipe(
    title="Rust",
    tools=frozenset({"cargo", "rustup", "rustc", "protoc", "cargo-chef", "wasm-pack"}),
    plan=_plan,
    whole=False,
)
