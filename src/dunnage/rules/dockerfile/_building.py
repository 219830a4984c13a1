"""Commands that build an application or install what it needs, and packages that only builds need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command, ShellWord
    from dunnage.rules.dockerfile._facts import Run

MANAGERS = ("apt-get", "apt", "apk", "dnf", "yum", "microdnf", "tdnf", "zypper")
_INSTALL = frozenset({"install", "add", "groupinstall", "in", "group"})
_REMOVE = frozenset({"remove", "purge", "autoremove", "autopurge", "del", "erase", "rm"})
_VALUED = ("-t", "--target-release", "-o", "-c", "--virtual", "--repository", "-X", "--installroot")
_TOOL = pattern(
    r"(?:gcc(?:-[0-9.]+|-c\+\+|-multilib)?|g\+\+(?:-[0-9.]+)?|clang(?:-[0-9]+)?|build-essential"
    r"|build-base|base-devel|make|cmake|ninja-build|ninja|meson|autoconf|automake|bison|flex|cargo"
    r"|rust|rustc|rustup|go|golang(?:-go|-[0-9.]+.*)?|maven|gradle|ant|sbt|(?:java|openjdk)[-0-9.]+"
    r"(?:openjdk-)?(?:jdk|devel)(?:-headless)?|openjdk[0-9]+(?:-jdk)?|default-jdk(?:-headless)?"
    r"|dotnet-sdk-[0-9.]+|linux-headers(?:-.*)?|kernel-headers|(?:[a-z0-9.+]+-)+dev(?:el)?"
    r"|lib[a-z0-9.+-]+-dev|musl-dev|python3?-dev|nodejs-dev|rpm-build|gfortran|nasm|yasm"
    r"|@?[\"']?(?:Development Tools|development-tools|c-development)[\"']?)\Z"
)
_STRONG = pattern(r"(?!.*(?:-dev|-devel|-headers)\Z)(?!linux-headers)(?!kernel-headers)")

COMPILED = {
    "go": ("go", "Go"), "cargo": ("rust", "Rust"), "rustc": ("rust", "Rust"),
    "mvn": ("java", "Java"), "mvnw": ("java", "Java"), "gradle": ("java", "Java"),
    "gradlew": ("java", "Java"), "javac": ("java", "Java"), "sbt": ("java", "Scala"),
    "ant": ("java", "Java"), "dotnet": ("dotnet", ".NET"), "msbuild": ("dotnet", ".NET"),
    "gcc": ("c", "C"), "g++": ("c", "C++"), "cc": ("c", "C"), "clang": ("c", "C"),
    "clang++": ("c", "C++"), "make": ("c", "C or C++"), "cmake": ("c", "C or C++"),
    "ninja": ("c", "C or C++"), "meson": ("c", "C or C++"), "npm": ("node", "JavaScript"),
    "yarn": ("node", "JavaScript"), "pnpm": ("node", "JavaScript"), "bun": ("node", "JavaScript"),
    "npx": ("node", "JavaScript"), "webpack": ("node", "JavaScript"), "vite": ("node", "JavaScript"),
    "tsc": ("node", "TypeScript"), "ng": ("node", "TypeScript"), "swift": ("swift", "Swift"),
    "zig": ("zig", "Zig"), "ghc": ("haskell", "Haskell"), "stack": ("haskell", "Haskell"),
    "cabal": ("haskell", "Haskell"), "mix": ("elixir", "Elixir"), "crystal": ("crystal", "Crystal"),
}  # fmt: skip
"""Base names of build commands: language, and how it is called."""
_GOALS = frozenset({"package", "install", "verify", "deploy", "compile"})
_TASKS = pattern(r"(?:[\w:-]*:)?(?:build|assemble|jar|bootJar|shadowJar|installDist|war|distTar)\Z")
_BUNDLERS = frozenset(
    {"webpack", "vite", "tsc", "ng", "next", "nuxt", "rollup", "esbuild", "parcel"}
)


class Built(Struct, frozen=True):
    """What a command builds.

    Attributes:
        language: ``go``, ``rust``, ``java``, ``dotnet``, ``c``, ``node`` and so on.
        title: For people: ``Go``.
        bundled: True if the result is still run by an interpreter or a browser.
    """

    language: str
    title: str
    bundled: bool = False


def built(command: Command) -> Built | None:
    """Return what a command builds from source, or None if it builds nothing."""
    known = COMPILED.get(command.name)
    if known is None:
        return None
    language, title = known
    words = [word.text or "" for word in command.operands(("-f", "-C", "-p", "-s", "--file"))]
    verb = words[0] if words else ""
    if language == "node":
        return Built(language, title, bundled=True) if _bundles(command.name, words) else None
    fits = {
        "go": verb in {"build", "install"},
        "rust": command.name == "rustc"
        or verb == "build"
        or (verb == "install" and _here(command)),
        "java": _java(command.name, words),
        "dotnet": command.name == "msbuild" or verb in {"publish", "build"},
        "c": _c(command, verb),
        "swift": verb == "build",
        "zig": verb.startswith("build"),
        "elixir": verb in {"release", "compile"},
        "crystal": verb == "build",
    }.get(language, verb in {"build", "install"})
    if language == "go" and any("@" in word for word in words[1:]):
        return None
    return Built(language, title) if fits else None


def _here(command: Command) -> bool:
    return command.value_of("--path") is not None


def _java(name: str, words: list[str]) -> bool:
    if name in {"mvn", "mvnw"}:
        return bool(_GOALS & {*words})
    if name in {"gradle", "gradlew"}:
        return any(_TASKS.match(word) for word in words)
    return name in {"javac", "sbt"} or name == "ant"


def _c(command: Command, verb: str) -> bool:
    if command.name in {"make", "ninja"}:
        return verb not in {"clean", "test", "check", "distclean"}
    if command.name == "cmake":
        return command.has("--build")
    if command.name == "meson":
        return verb in {"compile", "install"}
    return not command.has("--version", "-v") and bool(command.words)


def _bundles(name: str, words: list[str]) -> bool:
    if name in {"webpack", "tsc"}:
        return True
    if name in {"vite", "ng"}:
        return words[:1] == ["build"]
    if name == "npx":
        return bool(words) and words[0] in _BUNDLERS and words[0] not in {"next", "nuxt"}
    tasks = words[1:] if words[:1] in (["run"], ["run-script"]) else words if name != "npm" else []
    return bool(tasks) and (tasks[0] == "build" or tasks[0].startswith("build:"))


def installed(command: Command) -> tuple[ShellWord, ...]:
    """Return the packages that a command of a system's package manager installs."""
    if command.name not in MANAGERS:
        return ()
    words = command.operands(_VALUED)
    if not words or words[0].text not in _INSTALL:
        return ()
    return words[1:]


def build_tools(command: Command) -> tuple[ShellWord, ...]:
    """Return the packages that only a build needs among those a command installs."""
    return tuple(word for word in installed(command) if _is_tool(package_name(word)))


def package_name(word: ShellWord) -> str:
    """Return the name of a package without its version."""
    return re.split(r"[=<>~:]", word.text or "", maxsplit=1)[0]


def _is_tool(name: str) -> bool:
    return len(name) < 100 and bool(_TOOL.match(name))


def is_strong(name: str) -> bool:
    """Tell whether a package brings a compiler or a build system, not only headers."""
    return bool(_STRONG.match(name))


def removed(run: Run, command: Command, names: set[str]) -> set[str]:
    """Return those of some packages that the rest of a RUN removes again; all if it may be all."""
    gone: set[str] = set()
    virtual = command.value_of("--virtual", "-t") if command.name == "apk" else None
    for one in run.after(command):
        if one.name in {"rpm", "dpkg"} and one.has("-e", "-P", "-r", "--purge", "--erase"):
            gone |= names & {word.text or "" for word in one.words}
        if one.name not in MANAGERS:
            continue
        words = one.operands(_VALUED)
        if not words or words[0].text not in _REMOVE:
            continue
        told = {word.text for word in words[1:]}
        if None in told or len(words) == 1 or (virtual is not None and virtual.text in told):
            return names
        gone |= {name for name in names if name in told}
    return gone


def starts(stage: Stage) -> bool:
    """Tell whether a stage, or one it rests on, says what the container runs."""
    return any(
        one.keyword in {"CMD", "ENTRYPOINT"} for each in stage.lineage for one in each.instructions
    )
