"""Python: the application's directory and its packages, gathered in a virtual environment.

Debian's Python, which distroless has, looks for packages in ``/usr/local/lib/pythonX.Y/
dist-packages`` (https://www.debian.org/doc/packaging-manuals/python-policy/, "Module Path").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.parsers.lighter_base import lighter
from dunnage.remedies import _harden_compiled as compiled
from dunnage.remedies._harden_checks import app_folder
from dunnage.remedies._harden_paths import below, joined
from dunnage.remedies._harden_types import Claim, Copied, Plan, Reason, Recipe

if TYPE_CHECKING:
    from dunnage.remedies._harden_types import Build, Placed

VENV = "/venv"
_PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?")
_FLAGS = frozenset({"-u", "-B", "-O", "-OO", "-I", "-s", "-E", "-b", "-q", "-v"})
_ELSEWHERE = ("--user", "--target", "-t", "--prefix", "--root")
_SENDING = frozenset({
    "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_ROOT", "PYTHONHOME", "PYTHONUSERBASE", "VIRTUAL_ENV",
})  # fmt: skip
_GROUPS = {
    "debian": "RUN useradd --no-log-init --no-create-home --uid 65532 --user-group app",
    "alpine": "RUN adduser -D -H -u 65532 app",
}


def _pip(placed: Placed) -> tuple[str, ...] | None:
    """Return the words of a call of pip behind its name, or None."""
    command = placed.command
    words = tuple(word.text or word.raw for word in command.words)
    if re.fullmatch(r"pip(?:3(?:\.\d+)?)?", command.name):
        return words
    if _PYTHON.fullmatch(command.name) and words[:2] == ("-m", "pip"):
        return words[2:]
    return None


def _steps(build: Build) -> bool | Reason:
    """Return whether packages are installed, or why it is not known what a step leaves."""
    installed = False
    for placed in build.commands:
        words = _pip(placed)
        name = placed.command.name
        if words is None and _PYTHON.fullmatch(name):
            shown = " ".join(word.raw for word in placed.command.words)[:40]
            if not re.match(r"-m compileall|(?:\./)?manage\.py collectstatic", shown):
                message = f"what `{name} {shown}` leaves in the image is not known"
                return Reason("unknown-step", message, placed.line)
        if words is None:
            continue
        if words[:1] not in {("install",), ("wheel",), ("cache",), ("config",), ("check",)}:
            continue
        options = {word.partition("=")[0] for word in words}
        if options & {*_ELSEWHERE}:
            message = "pip installs elsewhere than where Python looks by itself"
            return Reason("writes-outside", message, placed.line)
        installed |= words[0] == "install" and not _only_pip(placed, words)
    return installed


def _elsewhere(build: Build) -> Reason | None:
    """Return a reason if variables or another user send packages elsewhere."""
    names = build.stage.environment.keys() & _SENDING
    last = max((placed.line for placed in build.commands if _pip(placed) is not None), default=0)
    for one in build.stage.instructions:
        if one.keyword == "USER" and one.plain not in {"root", "0"} and one.line < last:
            message = f"pip runs as {one.plain}, so that packages go to that user's home"
            return Reason("writes-outside", message, one.line, "install first, then set USER")
    if names:
        message = f"{min(names)} sends packages elsewhere than where Python looks by itself"
        return Reason("writes-outside", message, build.stage.start.line)
    return None


def _only_pip(placed: Placed, words: tuple[str, ...]) -> bool:
    """Tell whether pip installs nothing but itself."""
    del placed
    bare = {re.split(r"[=<>~!]", word)[0] for word in words[1:] if not word.startswith("-")}
    return bool(bare) and bare <= {"pip", "setuptools", "wheel"}


def _module(build: Build) -> tuple[str, ...] | Reason:
    """Return the words behind the interpreter."""
    words, line = build.start.words, build.start.line
    name = words[0].rpartition("/")[2]
    if _PYTHON.fullmatch(name):
        at = next((i for i, w in enumerate(words[1:], 1) if w not in _FLAGS), len(words))
        if at == len(words) or (words[at].startswith("-") and words[at] != "-m"):
            return Reason("unknown-artefact", "python is started without a file or module", line)
        return words[1:]
    module = table("harden")["python"]["modules"].get(name)
    if module is None:
        message = f"`{words[0]}` is started, and which Python module that is is not known"
        return Reason("unknown-artefact", message, line, 'start it as CMD ["python", "FILE"]')
    return ("-m", module, *words[1:])


def _plan(build: Build) -> Plan | Reason:
    installed = _steps(build)
    if isinstance(installed, Reason):
        return installed
    if (wrong := _elsewhere(build)) is not None:
        return wrong
    module = _module(build)
    if isinstance(module, Reason):
        return module
    folder, line = app_folder(build), build.start.line
    if (wrong := compiled.own_folder(folder, line)) is not None:
        return wrong
    script = next((one for one in module if one.endswith(".py")), "")
    if script and not below(joined(build.workdir, script), (folder,)):
        message = f"{script}, which is started, is outside of {folder}"
        return Reason("unknown-artefact", message, line)
    return _planned(build, folder, module, installed=installed)


def _planned(
    build: Build, folder: str, module: tuple[str, ...], *, installed: bool
) -> Plan | Reason:
    choices = [one for one in lighter(build.base) if not one.changes]
    last = choices[-1] if choices else None
    distroless = last is not None and last.tier == "distroless"
    version = ".".join(build.base.version.split(".")[:2])
    image = f"{last.image}:nonroot" if last is not None and distroless else ""
    image = image or (last.image if last is not None else build.base.image)
    lines = () if distroless else (_GROUPS.get(build.base.distro, ""),)
    if lines == ("",):
        message = f"which distribution {build.base.image} is of is not known"
        return Reason("unknown-base", message, build.stage.start.line)
    if distroless:
        why = f"it has Python {version} on Debian 13, whose glibc is not older than the builder's"
        pairs = ((f"{VENV}/lib/python{version}/site-packages/", _dist(version)),)
        entry = ("/usr/bin/python3", *module)
    else:
        why = "it is the image of the same tag without tools"
        if last is None:
            why = "no lighter image has this Python and this libc; the tools of the build are left out"
        pairs = ((f"{VENV}/", f"{VENV}/"),)
        entry = (f"{VENV}/bin/python" if installed else "/usr/local/bin/python3", *module)
    copies = (*(Copied(*pair) for pair in pairs if installed), Copied(f"{folder}/", f"{folder}/"))
    what = f"only the installed packages and {folder} are copied from the build"
    if not installed:
        what = f"only {folder} is copied from the build, and no packages are installed"
    claims = (
        compiled.base_claim(build, image, why),
        Claim("artefact", what, f"pip installs into {VENV}; all else is put below {folder}"),
    )
    first = (f"RUN python3 -m venv {VENV}", f"ENV PATH={VENV}/bin:$PATH") if installed else ()
    gone = (f"RUN {VENV}/bin/python -m pip uninstall --yes pip",) if installed else ()
    user = compiled.NONROOT
    start = build.start.arguments
    return Plan(image, copies, entry, user, claims, start, first, gone, lines)


def _dist(version: str) -> str:
    return f"/usr/local/lib/python{version}/dist-packages/"


recipe = Recipe(
    title="Python",
    tools=frozenset({"pip", "pip3", "python", "python3", *(f"python3.{n}" for n in range(8, 16))}),
    plan=_plan,
    whole=True,
)
