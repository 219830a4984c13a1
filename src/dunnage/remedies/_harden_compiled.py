"""What recipes of compiled languages share: which file is started, and what made it."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.parsers.base_image import glibc, identify
from dunnage.remedies._harden_paths import Made, below, found, joined, moved, plain
from dunnage.remedies._harden_types import Claim, Copied, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dunnage.parsers.shell import Command
    from dunnage.remedies._harden_types import Build, Placed

NONROOT = "65532:65532"
"""User ``nonroot`` of distroless images."""
SYSTEM_PATH = ("/usr/local/bin", "/usr/local/sbin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_UNSURE = re.compile(r"[$`\"']")
_DATA = (".yaml", ".yml", ".json", ".toml", ".conf", ".cfg", ".ini", ".env", ".xml", ".properties",
         ".pem", ".crt", ".key", ".db", ".sqlite", ".html", ".txt", ".csv")  # fmt: skip


def distroless(name: str) -> str:
    """Return the current image of that name in distroless."""
    return f"gcr.io/distroless/{name}-debian13:nonroot"


def all_made(build: Build, makes: Callable[[Placed], Iterable[Made]]) -> list[Made]:
    """Return what the commands of a stage make, with what is moved.

    Args:
        build: The stage.
        makes: Returns what one command makes.
    """
    made: list[Made] = []
    for placed in build.commands:
        made += makes(placed)
        made += moved(placed, made)
    return made


def artefact(build: Build, path: str, made: Iterable[Made]) -> Made | Reason:
    """Return what makes the file that is started, or why that is not known.

    Args:
        build: The stage.
        path: The file that is started.
        made: What its commands make.
    """
    made = tuple(made)
    line = build.start.line
    origin = found(path, made)
    if origin is None:
        known = sorted({one.path + ("/*" if one.folder else "") for one in made})[:3]
        told = f"known are {', '.join(known)}" if known else "no build command is known in it"
        message = f"which step makes {path}, which is started, is not known; {told}"
        return Reason("unknown-artefact", message, line, "name the output: go build -o, cp, --out")
    if not plain(path):
        return Reason("unknown-artefact", f"{path} is no path that can be copied as it is", line)
    if origin.folder and build.context is not None:
        name = posixpath.basename(path)
        if below(path, build.workdirs) and build.context.exists(name):
            message = f"{name} is in the build context, so no step need have made it"
            return Reason("unknown-artefact", message, line)
    return origin


def started(build: Build, folders: Iterable[str], made: Iterable[Made] = ()) -> str:
    """Return the path of the program that is started.

    Args:
        build: The stage.
        folders: Where a bare name is looked for, the first that holds it wins.
        made: What is made, to choose among those.
    """
    program = build.start.words[0]
    if "/" in program:
        return joined(build.workdir, program)
    folders = tuple(folders)
    made = tuple(made)
    for folder in folders:
        path = joined(folder, program)
        if found(path, made) is not None:
            return path
    return joined(folders[0], program)


def data_files(build: Build) -> Reason | None:
    """Return a reason if a file is named on the command line of the program."""
    for word in (*build.start.words[1:], *(build.start.arguments or ())):
        value = word.partition("=")[2] if word.startswith("-") else word
        if "://" in value or not value:
            continue
        if value.lower().endswith(_DATA) or value.startswith(("./", "../")):
            message = f"the program is told to read {value[:60]}, a file beside it"
            return Reason("reads-files", message, build.start.line, "embed it, or mount it")
    return None


def own_folder(folder: str, line: int) -> Reason | None:
    """Return a reason if a directory is one of the system, not of an application."""
    if folder in table("harden")["system"] or not plain(folder):
        message = f"the application lies in {folder}, beside the system"
        return Reason("unknown-artefact", message, line, "set a WORKDIR such as /app")
    return None


def setting(build: Build, command: Command, name: str) -> str | None:
    """Return a variable as a command sees it; None if it is not set in the file, or not known."""
    own = dict(command.assignments)
    if name in own:
        return own[name]
    place = next(one for one in build.commands if one.command is command)
    run = next((i for i in build.stage.instructions if i.line == place.line), None)
    value = build.stage.scope(run).get(name) if run is not None else None
    for placed in build.commands:
        if placed.command is command:
            break
        lasting = placed.command.name == "go" and placed.command.verb == "env"
        here = placed.command.name == "export" and placed.line == place.line
        for word in placed.command.words if lasting or here else ():
            if word.raw.startswith(f"{name}="):
                text = word.raw.partition("=")[2].strip("\"'")
                value = None if placed.command.guarded or _UNSURE.search(text) else text
    return value


def home_folder(build: Build, name: str) -> str:
    """Return a directory in the home of the user that builds, or nothing if that is not known.

    Args:
        build: The stage.
        name: The directory, from the home.
    """
    if any(one.keyword == "USER" for one in build.stage.instructions):
        return ""
    home = build.stage.environment.get("HOME", "/root")
    return joined(home, name) if home else ""


def search_path(build: Build, usual: Iterable[str]) -> tuple[str, ...]:
    """Return the directories where a bare name is looked for, as far as they are known.

    A distribution has the usual ones; further ones are those that ENV names in PATH.

    Args:
        build: The stage.
        usual: Directories of the official image of the language, in their order.
    """
    if not build.on_distribution:
        return tuple(usual)
    named = [
        part
        for one in build.stage.instructions
        if one.keyword == "ENV"
        for pair in one.pairs
        if pair.name == "PATH"
        for part in (pair.value or "").strip("\"'").split(":")
        if part.startswith("/")
    ]
    return tuple(dict.fromkeys((*named, *SYSTEM_PATH)))


def glibc_fits(build: Build, image: str) -> str | Reason:
    """Return why a program that was linked with glibc runs on an image, or why that is not known.

    Args:
        build: The stage that links it.
        image: Another image with glibc.
    """
    runtime = identify(image)
    runs = glibc(runtime) if runtime is not None else None
    builds = glibc(build.base)
    line = build.stage.start.line
    if runtime is None or runs is None or (builds is None and build.on_distribution):
        message = (
            f"which glibc {build.base.image} has is not known; that of a lighter image may be older"
        )
        return Reason("unknown-libc", message, line, "name a release, as in FROM ubuntu:24.04")
    what = f"glibc {_dotted(runs)} (Debian {runtime.release})"
    told = f"it has {what}, which is not older than the builder's"
    if builds is None:
        return told
    if builds > runs:
        message = (
            f"the program may need glibc {_dotted(builds)} of {build.base.image}; the newest that "
            f"a lighter image is known to have is {_dotted(runs)}"
        )
        advice = "build on a release that is not newer, as in FROM ubuntu:24.04 or debian:13"
        return Reason("newer-libc", message, line, advice)
    return f"{told} {_dotted(builds)}" if build.on_distribution else told


def same_alpine(build: Build) -> tuple[str, str] | Reason:
    """Return the Alpine of a builder as a runtime and why, or why that may not do.

    Args:
        build: A stage on Alpine whose program may need musl, and nothing else.
    """
    for placed in build.commands:
        if placed.command.name != "apk":
            continue
        words = [word.raw for word in placed.command.words]
        if any(one.startswith(("-X", "--repository")) or "edge" in one for one in words):
            message = "apk takes packages from further repositories, which may have another musl"
            advice = "take all packages from the release of the base"
            return Reason("unknown-libc", message, placed.line, advice)
        if any(one.startswith("tzdata") for one in words):
            message = "the program may need the time zones of tzdata, which Alpine itself lacks"
            advice = "import time/tzdata, or leave tzdata out"
            return Reason("packages-at-run-time", message, placed.line, advice)
    if not build.base.release:
        message = f"which release of Alpine {build.base.image} rests on is not known"
        return Reason("unknown-libc", message, build.stage.start.line, "name the release")
    return f"alpine:{build.base.release}", "it has the musl of the builder"


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def libraries(build: Build) -> bool:
    """Tell whether the file installs what a program may be linked with."""
    managers = table("harden")["managers"]
    return any(
        placed.command.name in managers and any("-dev" in word.raw for word in placed.command.words)
        for placed in build.commands
    )


def one_file(path: str, made: Made, line: int) -> tuple[tuple[Copied, ...], Claim]:
    """Return what is copied if a single file is, and what is said of it."""
    why = f"line {made.line} makes it (`{made.how[:80]}`), and line {line} starts it"
    return (Copied(path, path),), Claim("artefact", f"only {path} is copied from the build", why)


def operands(command: Command, valued: tuple[str, ...]) -> Iterator[str]:
    """Give the operands of a command as far as they are known."""
    return (word.text or "" for word in command.operands(valued))


def base_claim(build: Build, image: str, why: str) -> Claim:
    """Return what is said of the base."""
    before = build.base.tier or "unknown"
    now = identify(image)
    tier = now.tier if now is not None and now.tier else "unknown"
    return Claim("base", f"it runs on {image} (tier {tier}, before {before})", why)
