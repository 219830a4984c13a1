"""What package managers are told: which of them, its verb, the packages, values of options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command, ShellWord

APT = ("apt-get", "apt", "aptitude")
RPM = ("dnf", "microdnf", "yum", "tdnf", "dnf5")
PIP = ("pip", "pip2", "pip3", *(f"pip3.{minor}" for minor in range(6, 17)))
PYTHON = ("python", "python2", "python3", *(f"python3.{minor}" for minor in range(6, 17)))
PIP_CALLS = (*PIP, *PYTHON, "uv")
"""Names of the commands that ``pip_call`` can make something of."""

_DNF_VALUED = frozenset({
    "-c", "--config", "-x", "--exclude", "--setopt", "--enablerepo", "--disablerepo", "--repo",
    "--repoid", "--installroot", "--releasever", "-d", "-e", "--forcearch", "--downloaddir",
    "--destdir", "--advisory", "--enableplugin", "--disableplugin", "--comment", "--noplugins=",
})  # fmt: skip
_APT_VALUED = frozenset({
    "-t", "--target-release", "--default-release", "-o", "--option", "-c", "--config-file", "-a",
    "--host-architecture", "-P", "--build-profiles",
})  # fmt: skip
_VALUED: dict[str, frozenset[str]] = {
    **dict.fromkeys(APT, _APT_VALUED),
    **dict.fromkeys(RPM, _DNF_VALUED),
    "apk": frozenset({
        "-t", "--virtual", "-X", "--repository", "-p", "--root", "--repositories-file",
        "--keys-dir", "--cache-dir", "--wait", "--arch", "--cache-max-age", "--progress-fd",
    }),
    "zypper": frozenset({
        "-R", "--root", "--installroot", "-r", "--repo", "-t", "--type", "--from", "--releasever",
        "-c", "--config", "-D", "--reposd-dir", "-C", "--cache-dir", "--pkg-cache-dir", "-p",
        "--plus-repo", "--plus-content",
    }),
    "pip": frozenset({
        "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target", "-i",
        "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host", "--proxy",
        "--cert", "--client-cert", "--cache-dir", "--timeout", "--retries", "--prefix", "--root",
        "--platform", "--python-version", "--implementation", "--abi", "--src", "--no-binary",
        "--only-binary", "--upgrade-strategy", "--progress-bar", "--config-settings", "-C",
        "--global-option", "--install-option", "--build-option", "--log", "--exists-action",
        "--python", "--report", "--root-user-action", "--use-feature", "--use-deprecated", "-d",
        "--dest", "-w", "--wheel-dir", "--group", "-p", "--index-strategy", "--default-index",
        "--index", "--dry-run=", "--keyring-provider", "--uploaded-prior-to", "--build-constraint",
    }),
    "npm": frozenset({
        "--registry", "--prefix", "-C", "--cache", "--userconfig", "--omit", "--include", "--only",
        "--loglevel", "--fetch-timeout", "--fetch-retries", "-w", "--workspace", "--tag",
        "--install-strategy", "--globalconfig", "--maxsockets", "--network-timeout", "--cwd",
        "--cache-folder", "--modules-folder", "--network-concurrency", "--mutex",
    }),
    "gem": frozenset({
        "-v", "--version", "-i", "--install-dir", "-n", "--bindir", "-P", "--trust-policy", "-s",
        "--source", "-p", "--http-proxy", "--platform", "-B", "--build-root", "-g", "--file",
        "--document", "--config-file", "--without",
    }),
    "go": frozenset({
        "-o", "-ldflags", "-gcflags", "-asmflags", "-tags", "-mod", "-modfile", "-p", "-buildmode",
        "-compiler", "-C", "-toolexec", "-installsuffix", "-pkgdir", "-overlay", "-pgo",
    }),
}  # fmt: skip


class Call(Struct, frozen=True):
    """What a package manager is told to do.

    Attributes:
        verb: ``install`` and so on.
        packages: What follows it, options and their values left out.
    """

    verb: ShellWord
    packages: tuple[ShellWord, ...]

    @property
    def does(self) -> str:
        """Return the verb as text, empty if it depends on variables."""
        return self.verb.text or ""


def call(command: Command, manager: str = "") -> Call | None:
    """Return verb and packages of a call, or None if it has no verb.

    Args:
        command: The call.
        manager: Whose options it has; empty for that of its own name.
    """
    words = command.operands(_VALUED.get(manager or command.name, ()))
    return Call(words[0], words[1:]) if words else None


def pip_call(command: Command) -> Command | None:
    """Return a call of pip as if it were written ``pip ...``, or None if it is none.

    ``python -m pip`` and ``uv pip`` are; their name stays that of the program.
    """
    name = command.name
    if name.startswith("pip"):
        return command
    words = command.words
    if name == "uv":
        return replace(command, words=words[1:]) if words and words[0].text == "pip" else None
    for at, word in enumerate(words):
        if word.text == "-m":
            named = at + 1 < len(words) and words[at + 1].text == "pip"
            return replace(command, words=words[at + 2 :]) if named else None
        if not word.raw.startswith("-"):
            return None
    return None


def names(words: tuple[ShellWord, ...], most: int = 3) -> str:
    """Return some names for a message: ``curl, git and 3 more``."""
    shown = [word.text or word.raw for word in words]
    if len(shown) <= most:
        return ", ".join(shown)
    return f"{', '.join(shown[:most])} and {len(shown) - most} more"


def each(words: tuple[ShellWord, ...]) -> Iterator[tuple[ShellWord, str]]:
    """Give the words that are known, with their texts."""
    return ((word, word.text) for word in words if word.text)


_FILE = pattern(
    r"^(?:\.{0,2}/|[a-z+]+://|~/)|\.(?:deb|apk|rpm|whl|tgz|gz|bz2|xz|zip|gem)$", re.IGNORECASE
)


def is_file(text: str) -> bool:
    """Tell whether what is to be installed is a file or an address, not a name."""
    return bool(_FILE.search(text))


_OPTIONS = pattern(r"opt|arg|flag|param|recommend|yes|quiet|verbos", re.IGNORECASE)


def unknown_options(command: Command) -> bool:
    """Tell whether a variable may hold options: ``$APT_OPTIONS``, ``${flags}``."""
    return any(
        word.raw.startswith(("$", '"$')) and _OPTIONS.search(word.raw) for word in command.words
    )
