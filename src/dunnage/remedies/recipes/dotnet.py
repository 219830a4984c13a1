""".NET: what ``dotnet publish`` made, on the ASP.NET runtime of the same line and distribution."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dunnage.remedies import _harden_compiled as compiled
from dunnage.remedies._harden_paths import Made, below, joined, plain
from dunnage.remedies._harden_types import Claim, Copied, Plan, Reason, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.remedies._harden_types import Build, Placed

_APP = "1654:1654"
"""User ``app`` of .NET images since 8."""
_HIGH_PORTS = 8
"""Line since which images listen on 8080 unless told otherwise."""
_PUBLISHED = re.compile(r".*/bin/(?:Release|Debug)/[\w.]+(?:/[\w.-]+)?/publish")


def _makes(placed: Placed) -> Iterable[Made]:
    command, cwd = placed.command, placed.cwd
    if command.name != "dotnet" or command.verb != "publish" or cwd is None:
        return []
    output = command.value_of("-o", "--output")
    if output is None:
        return [Made(joined(cwd, "bin"), placed.line, "dotnet publish", folder=True)]
    if output.text is None:
        return []
    path = joined(cwd, output.text)
    return [Made(path, placed.line, f"dotnet publish -o {output.text}", folder=True)]


def _folder(build: Build, made: list[Made], path: str) -> Made | Reason:
    """Return what made the directory of the assembly that is started."""
    folder, line = posixpath.dirname(path), build.start.line
    origin = next((one for one in reversed(made) if one.path == folder), None)
    if origin is None and _PUBLISHED.fullmatch(folder):
        origin = next((one for one in reversed(made) if one.path.endswith("/bin")), None)
    if origin is None:
        message = f"which step makes {path}, which is started, is not known"
        return Reason("unknown-artefact", message, line, "name it: dotnet publish -o /out")
    if not plain(folder) or folder == "/":
        return Reason("unknown-artefact", f"{folder} cannot be copied as it is", line)
    for instruction in build.stage.instructions:
        if instruction.keyword in {"COPY", "ADD"} and instruction.words:
            target = joined(_cwd(build, instruction.line), instruction.words[-1].text)
            if target == folder or below(target, (folder,)):
                message = f"{folder} holds the sources as well as what is published"
                advice = "publish into a directory of its own: dotnet publish -o /out"
                return Reason("unknown-artefact", message, line, advice)
    return origin


def _cwd(build: Build, line: int) -> str:
    cwd = "/"
    for one in build.stage.instructions:
        if one.keyword == "WORKDIR" and one.line < line:
            cwd = joined(cwd, one.value.strip())
    return cwd


def _image(build: Build) -> tuple[str, str] | Reason:
    line = ".".join(build.base.version.split(".")[:2])
    start = build.stage.start.line
    if not re.fullmatch(r"\d+\.\d+", line):
        message = f"which .NET {build.base.image} has is not known"
        return Reason("unknown-base", message, start, "name its version in the tag")
    if int(line.partition(".")[0]) < _HIGH_PORTS:
        message = f"images of .NET {line} listen on port 80, and have no user but root"
        return Reason("privileged-port", message, start, "go to .NET 8 or later first")
    name = f"mcr.microsoft.com/dotnet/aspnet:{line}"
    if build.base.distro == "alpine":
        return f"{name}-alpine", "it has the same line of .NET and musl"
    if build.base.distro == "ubuntu" and build.base.release == "24.04":
        return f"{name}-noble-chiseled-extra", "it has the same line of .NET on the same Ubuntu"
    if build.base.distro == "debian":
        return name, "it has the same line of .NET on the same Debian"
    message = f"which distribution {build.base.image} is of is not known"
    return Reason("unknown-base", message, start)


def _plan(build: Build) -> Plan | Reason:
    words, line = build.start.words, build.start.line
    if words[0] != "dotnet" or len(words) < 2 or not words[1].endswith(".dll"):
        message = f"`{' '.join(words[:2])}` is started, not dotnet with an assembly"
        return Reason("unknown-artefact", message, line, "start it as dotnet NAME.dll")
    path = joined(build.workdir, words[1])
    origin = _folder(build, compiled.all_made(build, _makes), path)
    if isinstance(origin, Reason):
        return origin
    image = _image(build)
    if isinstance(image, Reason):
        return image
    folder = posixpath.dirname(path)
    why = f"line {origin.line} makes it (`{origin.how}`), and line {line} starts {words[1]}"
    claims = (
        compiled.base_claim(build, *image),
        Claim("artefact", f"only {folder} is copied from the build", why),
    )
    entry = ("dotnet", posixpath.basename(path), *words[2:])
    copies = (Copied(folder + "/", folder + "/"),)
    # Settings are read from the directory it is started in, and those that count are published.
    start = build.start.arguments
    return Plan(image[0], copies, entry, _APP, claims, start, workdir=folder)


recipe = Recipe(
    title=".NET",
    tools=frozenset({"dotnet", "msbuild", "nuget"}),
    plan=_plan,
    whole=False,
    native=lambda _: False,
)
