"""Environment variables of this tool: which there are, and which are misspelt."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from dunnage.cli._option import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dunnage.cli._option import Option

OWN = MappingProxyType(
    {
        "DUNNAGE_REGISTRY_USERNAME": "user name for the registry an image is fetched from",
        "DUNNAGE_REGISTRY_PASSWORD": "password or token that belongs to it",
        "DUNNAGE_REGISTRY_HOST": "the only registry that may get them; without it, each that asks",
    }
)
"""Variables that stand for no option, and what they mean."""

FOREIGN = MappingProxyType(
    {
        "NO_COLOR": "if not empty, no colours",
        "FORCE_COLOR": "if not empty, colours although no terminal shows them",
        "XDG_CACHE_HOME": "directory of caches, in which this tool makes its own",
        "HTTPS_PROXY, HTTP_PROXY, NO_PROXY": "proxies for connections, and hosts reached without",
        "DOCKER_CONFIG": "directory with Docker's config.json, which names credentials",
        "REGISTRY_AUTH_FILE": "file of registry credentials, as containers-auth.json(5) says",
        "SSL_CERT_FILE, SSL_CERT_DIR": "certificate authorities instead of the system's",
    }
)
"""Variables of other tools that count here, and what they do."""

_PREFIX = "DUNNAGE_"
_DEVELOPMENT = ("DUNNAGE_TEST_DATA", "DUNNAGE_UPDATE_GOLDEN")
_SHOWN = 3


def unknown_variables(environ: Mapping[str, str], options: Iterable[Option]) -> tuple[str, ...]:
    """Return a sentence for each of the first variables that look like ours and mean nothing.

    Args:
        environ: The environment.
        options: Those of the verb; those of others are only looked up if these are not enough.
    """
    mine = {option.variable for option in options}.union(OWN, _DEVELOPMENT)
    strange = sorted(n for n in environ if n.startswith(_PREFIX) and n not in mine)
    if not strange:
        return ()
    known = {option.variable for option in all_options()}.union(OWN)
    told = [
        f"the environment variable {n} means nothing{_meant(n, known)}"
        for n in strange
        if n not in known
    ]
    more = f"and {len(told) - _SHOWN} more such variables"
    return tuple(told) if len(told) <= _SHOWN else (*told[:_SHOWN], more)


def all_options() -> Iterator[Option]:
    """Give the options of all verbs."""
    from dunnage.cli._command import Command
    from dunnage.io.folder import load_all

    for command in load_all("dunnage.cli", "command", Command).values():
        for group in command.groups:
            yield from group.options


def _meant(name: str, known: Iterable[str]) -> str:
    guess = suggest(name.removeprefix(_PREFIX), (k.removeprefix(_PREFIX).lower() for k in known))
    word = guess.removeprefix("did you mean ").removesuffix("? ")
    return f"; did you mean {_PREFIX}{word.upper()}?" if word else ""
