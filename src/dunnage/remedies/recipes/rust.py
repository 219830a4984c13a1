"""Rust: one program, with glibc and libgcc, or without any libc where it is built for musl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.remedies import _harden_compiled as compiled
from dunnage.remedies._harden_paths import Made, joined
from dunnage.remedies._harden_types import Plan, Reason, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.remedies._harden_types import Build, Placed

_CARGO = "/usr/local/cargo/bin"
_BINS = (_CARGO, "/usr/local/bin", "/usr/bin", "/bin")


def _makes(placed: Placed) -> Iterable[Made]:
    command, cwd = placed.command, placed.cwd
    if command.name != "cargo" or cwd is None:
        return []
    if command.verb == "install":
        own = command.value_of("--path") is not None
        return [Made(_CARGO, placed.line, "cargo install --path", folder=True)] if own else []
    if command.verb not in {"build", "b"}:
        return []
    profile = "release" if command.has("--release", "-r") else "debug"
    target = command.value_of("--target")
    out = command.value_of("--target-dir")
    if (target is not None and target.text is None) or (out is not None and out.text is None):
        return []
    parts = [out.text or "target" if out else "target"]
    parts += [target.text or ""] if target else []
    path = joined(cwd, "/".join([*parts, profile]))
    return [Made(path, placed.line, f"cargo build, {profile}", folder=True)]


def _musl(build: Build) -> str:
    builds = [one.command for one in build.commands if one.command.name == "cargo"]
    targets = [c.value_of("--target") for c in builds if c.verb in {"build", "install", "b"}]
    if targets and all(t is not None and t.text and t.text.endswith("-musl") for t in targets):
        return "it is built for a musl target, which Rust links statically"
    flags = build.stage.environment.get("RUSTFLAGS") or ""
    if build.base.libc == "musl" and "-crt-static" not in flags:
        return "Rust links programs statically on Alpine"
    return ""


def _plan(build: Build) -> Plan | Reason:
    made = compiled.all_made(build, _makes)
    path = compiled.started(build, _BINS, made)
    origin = compiled.artefact(build, path, made)
    if isinstance(origin, Reason):
        return origin
    if (files := compiled.data_files(build)) is not None:
        return files
    static = _musl(build)
    if not static and build.base.libc != "glibc":
        message = f"which libc {build.base.image} has is not known"
        return Reason("unknown-libc", message, build.stage.start.line)
    image = compiled.distroless("static" if static else "cc")
    newer = "it has glibc 2.41 (Debian 13), which is not older than the builder's, and libgcc"
    copies, claim = compiled.one_file(path, origin, build.start.line)
    base = compiled.base_claim(build, image, static or newer)
    entry = (path, *build.start.words[1:])
    return Plan(image, copies, entry, compiled.NONROOT, (base, claim), build.start.arguments)


recipe = Recipe(
    title="Rust",
    tools=frozenset({"cargo", "rustup", "rustc", "protoc", "cargo-chef", "wasm-pack"}),
    plan=_plan,
    whole=False,
)
