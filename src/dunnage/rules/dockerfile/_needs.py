"""Finds out what the stages that rest on one FROM need of their base image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"})
MANAGERS = frozenset({
    "apt", "apt-get", "aptitude", "dpkg", "apk", "dnf", "microdnf", "yum", "tdnf", "zypper", "rpm",
})  # fmt: skip
TOOLS = frozenset({
    "gcc", "g++", "cc", "c++", "clang", "make", "cmake", "autoconf", "automake", "configure", "ld",
    "ar", "git", "curl", "wget", "hg", "svn", "patch", "pkg-config", "file", "bzip2", "mysql_config",
    "pg_config", "xz", "unzip", "man", "locale-gen", "localedef", "gpg", "dirmngr", "ssh", "node-gyp",
})  # fmt: skip
"""Commands of full images that slim ones lack."""
_COMPILERS = frozenset({"build-essential", "g++", "gcc", "build-base"})
_COMPILING = {
    "pip": ("install", "wheel"),
    "pip3": ("install", "wheel"),
    "poetry": ("install",),
    "pipenv": ("install", "sync"),
    "uv": ("pip", "sync"),
    "npm": ("install", "ci", "i", "rebuild"),
    "yarn": ("install", "", "add"),
    "pnpm": ("install", "i", "add"),
    "bundle": ("install",),
    "gem": ("install",),
    "cpan": ("",),
    "cpanm": ("",),
    "mix": ("deps.get", "deps.compile", "compile"),
    "rebar3": ("compile",),
}
"""Package managers of languages and their verbs that may compile, with what full images hold."""
_CERTIFICATES = frozenset({
    "add", "install", "update", "clean", "ca-certificates", "tzdata", "autoremove", "upgrade",
})  # fmt: skip
"""Words of package managers that bring nothing but what static images have as well."""
_LANGUAGE_TOOLS = frozenset({
    "npm", "npx", "yarn", "pnpm", "corepack", "pip", "pip3", "bundle", "gem", "poetry", "uv",
})  # fmt: skip


class Needs(Struct, dict=True):
    """What is needed of a base.

    Attributes:
        known: False if something could not be read; then anything may be needed.
        shell: True for what is started by a shell, and for a RUN that starts one by name.
        managers: Package managers of the distribution that run.
        tools: Commands of full images that are called and not installed before.
        compiling: The first command that may have to compile with what is not installed, or empty.
        language_tools: True if a package manager of the language runs.
        writes: True if a RUN does more than install root certificates and time zones.
        names: True if users are called by names that the base has to know.
        program: First word of what is started, or empty if nothing says.
    """

    known: bool = True
    shell: bool = False
    managers: set[str] = field(default_factory=set)
    tools: set[str] = field(default_factory=set)
    compiling: str = ""
    language_tools: bool = False
    writes: bool = False
    names: bool = False
    program: str = ""


def needs(facts: Facts, root: Stage) -> Needs:
    """Return what all stages need that rest on the image a stage starts from."""
    found = Needs()
    on_it = [stage for stage in facts.stages if stage.lineage[-1] is root]
    places = {stage.index for stage in on_it}
    installed: set[str] = set()
    for run in facts.runs:
        if run.stage is not None and run.stage.index in places:
            _of_run(run, found, installed)
    found.tools -= installed
    if installed & _COMPILERS:
        found.compiling = ""
    for stage in on_it:
        _of_start(stage, found)
    return found


def _of_run(run: Run, found: Needs, installed: set[str]) -> None:
    if run.shell != "posix" or not run.script.known or run.trigger:
        found.known = False
        return
    found.writes |= not all(_only_certificates(command) for command in run.commands)
    for command in run.commands:
        if not command.name:
            found.known = False
        elif command.name in MANAGERS:
            found.managers.add(command.name)
            installed |= {word.text for word in command.words if word.text}
        elif command.name in TOOLS:
            found.tools.add(command.name)
        if command.name in SHELLS:
            found.shell = True
        found.language_tools |= command.name in _LANGUAGE_TOOLS
        _compiling(command.name, [word.text or "" for word in command.words], found)


def _only_certificates(command: Command) -> bool:
    words = {word.text or word.raw for word in command.words if not word.raw.startswith("-")}
    if command.name in MANAGERS:
        return words <= _CERTIFICATES
    lists = all(word.startswith(("/var/lib/apt/lists", "/var/cache/")) for word in words)
    return command.name == "update-ca-certificates" or (command.name == "rm" and lists)


def _compiling(name: str, words: list[str], found: Needs) -> None:
    if name.startswith("python") and words[:2] == ["-m", "pip"]:
        name, words = "pip", words[2:]
    verb = next((word for word in words if not word.startswith("-")), "")
    if verb in _COMPILING.get(name, ()):
        found.compiling = found.compiling or f"{name} {verb}".strip()


def _of_start(stage: Stage, found: Needs) -> None:
    """Look at what is started: ENTRYPOINT, CMD and HEALTHCHECK."""
    for instruction in stage.instructions:
        if instruction.keyword in {"ENTRYPOINT", "CMD"}:
            _of_form(instruction, found, first=not found.program)
        elif instruction.keyword == "HEALTHCHECK" and instruction.inner is not None:
            _of_form(instruction.inner, found, first=False)
        elif instruction.keyword == "USER":
            found.names |= not _numeric(instruction.plain)
        elif instruction.keyword in {"COPY", "ADD"} and (flag := instruction.flag("chown")):
            found.names |= not _numeric(flag.value or "")
        elif instruction.keyword in {"ONBUILD", "SHELL"}:
            found.shell = True
            found.known &= instruction.keyword == "SHELL"


def _of_form(instruction: Instruction, found: Needs, *, first: bool) -> None:
    words = [word.text for word in instruction.words]
    if instruction.json is None:
        found.shell = True
        words = [word.strip("\"'()[];,") for word in words]
    if not words:
        return
    names = [_name(word) for word in words]
    if names[0] in SHELLS or any(word.endswith((".sh", ".bash")) for word in words[:2]):
        found.shell = True
    found.tools |= {
        name for name in (names if instruction.json is None else names[:1]) if name in TOOLS
    }
    found.language_tools |= names[0] in _LANGUAGE_TOOLS
    if first:
        found.program = words[0]


def _numeric(user: str) -> bool:
    """Tell whether a user is a number, or one that every base knows."""
    return all(part.isdecimal() or part == "root" for part in user.split(":"))


def _name(word: str) -> str:
    return word.rpartition("/")[2]
