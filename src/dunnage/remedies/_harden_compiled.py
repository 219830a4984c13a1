"""What recipes of compiled languages share: which file is started, and what made it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.remedies._harden_paths import Made, below, found, joined, moved, plain
from dunnage.remedies._harden_types import Claim, Copied, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dunnage.parsers.shell import Command
    from dunnage.remedies._harden_types import Build, Placed

NONROOT = "65532:65532"
"""User ``nonroot`` of distroless images."""
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
    """Return a variable as a command sees it; None if it is not set in the file."""
    own = dict(command.assignments)
    if name in own:
        return own[name]
    value = build.stage.environment.get(name)
    for placed in build.commands:
        if placed.command is command:
            break
        if placed.command.name in {"export", "go"}:
            for word in placed.command.words:
                text = word.text or ""
                if text.startswith(f"{name}="):
                    value = text.partition("=")[2]
    if value is None:
        for instruction in build.stage.instructions:
            if instruction.keyword == "ARG":
                for pair in instruction.pairs:
                    if pair.name == name:
                        value = pair.value
    return value


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
    from dunnage.parsers.base_image import identify

    now = identify(image)
    tier = now.tier if now is not None and now.tier else "unknown"
    return Claim("base", f"it runs on {image} (tier {tier}, before {before})", why)
