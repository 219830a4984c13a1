"""Node: the application's directory with its packages, on Node without npm and shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.parsers.lighter_base import lighter
from dunnage.remedies import _harden_compiled as compiled
from dunnage.remedies._harden_checks import app_folder
from dunnage.remedies._harden_paths import below, joined
from dunnage.remedies._harden_types import Claim, Copied, Plan, Reason, Recipe

if TYPE_CHECKING:
    from dunnage.remedies._harden_types import Build

_NODE = "1000:1000"
"""User ``node`` of the official images."""
_FLAGS = re.compile(r"--(?:max[-_][\w-]+=\d+|enable-source-maps|trace-[\w-]+|experimental-[\w-]+"
                    r"|no-[\w-]+|unhandled-rejections=\w+|harmony|expose-gc|inspect)")  # fmt: skip
_GLOBAL = frozenset({"-g", "--global", "global"})


def _image(build: Build) -> tuple[str, str, str]:
    """Return the image, the path of Node in it, and why it is the right one."""
    choices = [one for one in lighter(build.base) if not one.changes]
    last = choices[-1] if choices else None
    if last is not None and last.tier == "distroless":
        why = (
            "it has the same line of Node on Debian 13, whose glibc is not older than the builder's"
        )
        return f"{last.image}:nonroot", "/nodejs/bin/node", why
    image = last.image if last is not None else build.base.image
    kept = "the same image without build steps" if last is None else "the same tag without tools"
    return image, "/usr/local/bin/node", f"it is {kept}: no lighter one has this Node and this libc"


def _script(build: Build) -> int | Reason:
    """Return where among the words the file is that Node runs."""
    words, line = build.start.words, build.start.line
    if words[0].rpartition("/")[2] not in {"node", "nodejs"}:
        message = f"`{words[0]}` is started, not node with a file"
        return Reason("unknown-artefact", message, line, 'start it as CMD ["node", "FILE"]')
    at = 1
    while at < len(words) and _FLAGS.fullmatch(words[at]):
        at += 1
    if at == len(words) or words[at].startswith("-"):
        message = "node is started without a file, or with options that may load others"
        return Reason("unknown-artefact", message, line)
    return at


def _plan(build: Build) -> Plan | Reason:
    at = _script(build)
    if isinstance(at, Reason):
        return at
    folder, line = app_folder(build), build.start.line
    if (wrong := compiled.own_folder(folder, line)) is not None:
        return wrong
    if not below(joined(build.workdir, build.start.words[at]), (folder,)):
        message = f"{build.start.words[at]}, which is started, is outside of {folder}"
        return Reason("unknown-artefact", message, line)
    outside = _outside(build, folder)
    if outside is not None:
        return outside
    image, node, why = _image(build)
    distroless = "distroless" in image
    claims = (
        compiled.base_claim(build, image, why),
        Claim(
            "artefact",
            f"only {folder} is copied from the build",
            f"all files and packages are put there, and line {line} starts {build.start.words[at]}",
        ),
    )
    user = compiled.NONROOT if distroless else _NODE
    entry = (node, *build.start.words[1:])
    copies = (Copied(folder + "/", folder + "/"),)
    return Plan(image, copies, entry, user, claims, build.start.arguments)


def _outside(build: Build, folder: str) -> Reason | None:
    """Return a reason if packages are installed elsewhere and may be needed."""
    for placed in build.commands:
        command = placed.command
        if command.name not in {"npm", "yarn", "pnpm"}:
            continue
        words = {word.text or word.raw for word in command.words}
        if words & _GLOBAL or command.verb in {"config", "cache", "run", "set"}:
            continue
        if placed.cwd is None or not below(placed.cwd, (folder,)):
            message = f"packages are installed in {placed.cwd}, outside of {folder}"
            return Reason("writes-outside", message, placed.line)
    return None


recipe = Recipe(
    title="Node",
    tools=frozenset({
        "npm", "yarn", "pnpm", "npx", "corepack", "tsc", "webpack", "vite", "next", "nuxt", "ng",
        "node-gyp", "bower", "gulp", "grunt", "node-prune", "nest", "prisma", "node",
    }),
    plan=_plan,
    whole=True,
)  # fmt: skip
