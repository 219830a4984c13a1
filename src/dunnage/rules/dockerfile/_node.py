"""What npm, yarn and pnpm are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.rules.dockerfile._packages import call

if TYPE_CHECKING:
    from dunnage.parsers.shell import Command, ShellWord

NODE = ("npm", "yarn", "yarnpkg", "pnpm", "bun")
_INSTALL = frozenset({"install", "i", "in", "isntall", "add"})
_CLEAN = frozenset({"ci", "clean-install", "install-clean", "ic"})


class NodeInstall(Struct, frozen=True):
    """A call that installs packages.

    Attributes:
        kind: ``all`` for everything ``package.json`` names, ``ci`` for the same by the lock file,
            ``named`` for packages on the command line.
        verb: ``install``; None for ``yarn`` alone.
        packages: On the command line.
        whole: True if packages go into the system (``-g``).
    """

    kind: str
    verb: ShellWord | None
    packages: tuple[ShellWord, ...]
    whole: bool


def installs(command: Command) -> NodeInstall | None:
    """Return what a call installs, or None if it installs nothing."""
    found = call(command, "npm")
    if found is None:
        alone = command.name in {"yarn", "yarnpkg"}
        if alone and not command.has("--version", "-v", "--help", "-h"):
            return NodeInstall("all", None, (), whole=False)
        return None
    verb, packages = found.verb, found.packages
    whole = command.has("-g", "--global", "--location")
    if found.does == "global" and packages and packages[0].text == "add":
        verb, packages, whole = packages[0], packages[1:], True
    elif command.name == "npm" and found.does in _CLEAN:
        return NodeInstall("ci", verb, (), whole=False)
    elif found.does not in _INSTALL and verb.text != "add":
        return None
    if found.does == "add" and not packages:
        return None
    return NodeInstall("named" if packages else "all", verb, packages, whole)
