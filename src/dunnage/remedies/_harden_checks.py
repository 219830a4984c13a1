"""Looks for what a runtime stage would lack: files elsewhere, packages, low ports, writable places."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.io.tables import table
from dunnage.remedies._harden_paths import below, joined
from dunnage.remedies._harden_start import low_port
from dunnage.remedies._harden_types import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.shell import Command
    from dunnage.remedies._harden_types import Build, Placed, Recipe

_INSTALL = frozenset({"install", "add", "groupinstall"})
_VALUED = ("-t", "--target-release", "-o", "-c", "--virtual", "--repository", "-X")
_DOWNLOADS = frozenset({"curl", "wget", "git"})
_MOST_WORDS = 50
"""Words of a download that are looked at."""
_GO_ARCHIVE = re.compile(r"go[\w.${}-]*\.linux-[\w.${}-]+\.tar\.gz")
_WRITERS = frozenset({
    "cp", "mv", "mkdir", "ln", "touch", "chmod", "chown", "chgrp", "install", "tar", "sed", "tee",
    "unzip", "curl", "wget", "git", "gunzip", "strip",
})  # fmt: skip


def checks(build: Build, recipe: Recipe) -> tuple[Reason, ...]:
    """Return every reason for which a stage cannot be split, in the order of the file.

    Args:
        build: The stage.
        recipe: The recipe of its language.
    """
    found: list[Reason] = []
    allowed = folders(build, recipe)
    native = recipe.native(build)
    recipe = replace(recipe, native=lambda _: native)  # asked once, not for each package
    for instruction in build.stage.instructions:
        found += _of_instruction(instruction, build, allowed)
    for placed in build.commands:
        found += _of_command(placed, build, recipe, allowed)
    return tuple(sorted(dict.fromkeys(found), key=lambda reason: reason.line))


def described(build: Build) -> tuple[Reason, ...]:
    """Return the reasons in how the container is described: its ports and volumes."""
    found: list[Reason] = []
    for instruction in build.stage.instructions:
        if instruction.keyword in {"EXPOSE", "VOLUME"}:
            found += _of_instruction(instruction, build, ())
    return tuple(found)


def folders(build: Build, recipe: Recipe) -> tuple[str, ...]:
    """Return the directories whose content goes along, or is not needed any more."""
    facts = table("harden")
    if recipe.whole:
        return (app_folder(build), *facts["scratch"])
    return (*build.workdirs, *facts["sources"], *facts["scratch"])


def app_folder(build: Build) -> str:
    """Return the directory an application lies in: where it is started, or that of its file."""
    if build.workdir != "/":
        return build.workdir
    for word in build.start.words[1:]:
        if word.startswith("/") and word.count("/") > 1:
            return "/" + word.split("/")[1]
    return "/"


def _of_instruction(
    instruction: Instruction, build: Build, allowed: tuple[str, ...]
) -> Iterator[Reason]:
    if instruction.keyword == "EXPOSE":
        yield from _ports(instruction, build)
    elif instruction.keyword == "VOLUME":
        for word in instruction.words:
            path = word.text.strip("\"'")
            if not below(path, ("/tmp",)):  # noqa: S108 - a path in an image
                yield Reason(
                    "writable-path",
                    f"VOLUME {path}: whether another user than root may write there is not known",
                    instruction.line,
                    "declare volumes where the container is run",
                )
    elif instruction.keyword in {"COPY", "ADD"}:
        yield from _target(instruction, build, allowed)


def _ports(instruction: Instruction, build: Build) -> Iterator[Reason]:
    for word in instruction.words:
        text = build.stage.expanded(word.text, instruction).value
        match = re.match(r"(\d{1,5})(?:-\d+)?(?:/\w+)?$", text or "")
        if match is None:
            message = f"only the build knows the port {word.text[:40]}"
            yield Reason("unknown-port", message, instruction.line)
        elif int(match[1]) < 1024:
            yield low_port(int(match[1]), instruction.line)


def _target(instruction: Instruction, build: Build, allowed: tuple[str, ...]) -> Iterator[Reason]:
    words = instruction.words
    if len(words) < 2 and not instruction.heredocs:
        return
    text = build.stage.expanded(words[-1].text.strip("\"'"), instruction).value
    if text is None:
        message = f"only the build knows where {words[-1].text[:60]} is"
        yield Reason("unknown-directory", message, instruction.line)
        return
    cwd = _workdir_at(instruction, build)
    path = joined(cwd, text)
    if not below(path, allowed):
        yield Reason(
            "writes-outside",
            f"{instruction.keyword} puts files into {path}, outside of {_named(allowed)}; whether "
            "the program needs them is not known",
            instruction.line,
            "put what the program needs into its own directory",
        )


def _workdir_at(instruction: Instruction, build: Build) -> str:
    cwd = "/"
    for one in build.stage.instructions:
        if one is instruction:
            break
        if one.keyword == "WORKDIR":
            text = build.stage.expanded(one.value.strip().strip("\"'"), one).value
            cwd = joined(cwd, text or "/")
    return cwd


def _named(allowed: tuple[str, ...]) -> str:
    return allowed[0] if allowed and allowed[0] != "/" else "the application's directory"


def _of_command(
    placed: Placed, build: Build, recipe: Recipe, allowed: tuple[str, ...]
) -> Iterator[Reason]:
    command, facts = placed.command, table("harden")
    name = command.name
    if not name:
        yield Reason("unknown-step", "a RUN calls a command that only the build knows", placed.line)
    elif name in facts["managers"]:
        yield from _packages(placed, build, recipe)
    elif name in facts["users"] or name in recipe.tools or _installer(placed, build):
        pass
    elif name not in facts["plain"]:
        message = f"what `{name}` leaves in the image is not known"
        advice = "do it in a stage of its own, or in the build of the application"
        yield Reason("unknown-step", message, placed.line, advice)
    elif not _archive_of_go(placed, build) and (path := _written(placed, allowed)):
        yield Reason(
            "writes-outside",
            f"`{name}` writes to {path}, outside of {_named(allowed)}; whether the program needs "
            "it is not known",
            placed.line,
            "put what the program needs into its own directory",
        )
    for redirect in command.redirects:
        target = redirect.target
        if redirect.operator.startswith((">", "&>")) and target and "&" not in redirect.operator:
            path = joined(placed.cwd or "/", target)
            if not below(path, allowed) and not target.isdecimal():
                message = (
                    f"`{name} {redirect.operator} {target}` writes outside of {_named(allowed)}"
                )
                yield Reason("writes-outside", message, placed.line)


def _installer(placed: Placed, build: Build) -> bool:
    """Tell whether a shell runs a script that only installs a compiler, or tells where it is."""
    command = placed.command
    if command.name in {".", "source"}:
        return all(word.raw.strip("\"'").endswith("/.cargo/env") for word in command.words)
    if command.name not in {"sh", "bash"} or command.join != "|":
        return False
    before = _before(placed, build)
    if before is None or before.command.name not in {"curl", "wget"}:
        return False
    fetched = [word.text or "" for word in before.command.words if "://" in word.raw]
    known = table("harden")["installers"]
    return len(fetched) == 1 and fetched[0].rstrip("/") in known


def _archive_of_go(placed: Placed, build: Build) -> bool:
    """Tell whether a command unpacks an archive of Go, which is put into /usr/local/go."""
    command = placed.command
    folder = command.value_of("-C", "--directory")
    if command.name != "tar" or folder is None or folder.text != "/usr/local":
        return False
    fetched = {
        name
        for one in build.commands
        if one.line <= placed.line and one.command.name in {"curl", "wget"}
        for word in one.command.words[:_MOST_WORDS]
        if any(host in word.raw for host in table("harden")["go_archives"])
        and _GO_ARCHIVE.fullmatch(name := _file(word.raw))
    }
    before = _before(placed, build) if command.join == "|" else None
    told = before.command.words if before is not None else command.words
    return not fetched.isdisjoint(_file(word.raw) for word in told[:_MOST_WORDS])


def _file(raw: str) -> str:
    return raw.strip("\"'").rpartition("/")[2]


def _before(placed: Placed, build: Build) -> Placed | None:
    at = next((at for at, one in enumerate(build.commands) if one is placed), 0)
    return build.commands[at - 1] if at else None


def _written(placed: Placed, allowed: tuple[str, ...]) -> str:
    """Return a path outside that a command writes to, or nothing.

    Programs go to ``/usr/local/bin`` and the like by custom: what is started there is an artefact,
    what is not is a tool of the build.
    """
    command = placed.command
    if command.name not in _WRITERS:
        return ""
    words = [word.text or word.raw for word in command.operands(("-m", "-o", "-g", "--mode"))]
    if command.name in _DOWNLOADS or command.name in {"tar", "unzip", "gunzip"}:
        value = command.value_of("-o", "-O", "-C", "--output", "--directory", "-d")
        words = [value.text or value.raw] if value is not None else []
    elif command.name in {"cp", "mv", "ln", "install"}:
        words = words[-1:]
    elif command.name == "sed":
        words = words[1:] if command.has("-i", "--in-place") else []
    elif command.name in {"chmod", "chown", "chgrp"}:
        words = words[1:]
    for word in words:
        if not word.startswith("/"):
            if placed.cwd is not None and not below(joined(placed.cwd, word), (*allowed, *_BINS)):
                return joined(placed.cwd, word)
            continue
        if not below(joined("/", word), (*allowed, *_BINS)) and word != "-":
            return word
    return ""


_BINS = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/go", "/opt")


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(table("harden")[name])


def _packages(placed: Placed, build: Build, recipe: Recipe) -> Iterator[Reason]:
    """Give a reason for the packages that a program may need when it runs."""
    wanted = []
    for name in _installed(placed.command):
        if name == "" or name.startswith("$"):
            message = "only the build knows which packages are installed"
            yield Reason("unknown-packages", message, placed.line)
            return
        if _pattern("only_build").fullmatch(name) or _comes_along(name, build, recipe):
            continue
        if _pattern("against").fullmatch(name) and not recipe.native(build):
            continue
        wanted.append(name)
    if wanted:
        more = f" and {len(wanted) - 3} more" if len(wanted) > 3 else ""
        yield Reason(
            "packages-at-run-time",
            f"the program may need {', '.join(wanted[:3])}{more} when it runs, and no lighter image "
            "has that",
            placed.line,
            "leave out what only somebody looking around needs",
        )


def _comes_along(name: str, build: Build, recipe: Recipe) -> bool:
    """Tell whether what is built against a package finds its library in distroless images."""
    if not _pattern("with_base").fullmatch(name):
        return False
    if "ssl" not in name or recipe.whole or build.base.libc != "glibc":
        return True
    since = table("harden")["openssl3"].get(build.base.distro)
    release = build.base.release
    if since is None or not release:
        return not build.on_distribution
    return _number(release) >= _number(since)


def _number(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split(".") if part.isdecimal())


def linked(build: Build, recipe: Recipe) -> tuple[str, ...]:
    """Return packages of a builder whose libraries what it makes may need, beside its libc.

    Args:
        build: The builder.
        recipe: The recipe of its language.
    """
    if recipe.whole or not recipe.native(build):
        return ()
    managers = table("harden")["managers"]
    return tuple(
        name
        for placed in build.commands
        if placed.command.name in managers
        for name in _installed(placed.command)
        if _pattern("against").fullmatch(name)
        and not _pattern("only_build").fullmatch(name)
        and not _comes_along(name, build, recipe)
    )


def _installed(command: Command) -> list[str]:
    words = command.operands(_VALUED)
    if not words or words[0].text not in _INSTALL:
        return []
    return [re.split(r"[=<>~:@]", word.text or "", maxsplit=1)[0].lower() for word in words[1:]]
