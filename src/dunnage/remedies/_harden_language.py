"""Which language a stage builds: that of its base, or on a distribution that of its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.remedies._harden_types import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.parsers.base_image import Base
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.remedies._harden_types import Placed

_TITLES = {
    "go": "Go",
    "rust": "Rust",
    "java": "Java",
    "node": "Node",
    "python": "Python",
    "dotnet": ".NET",
}
_COMPILED = frozenset({"go", "rust"})
"""Languages of which nothing but one program runs, whoever packaged the compiler."""
_TIERS = frozenset({"full", "slim", "alpine"})
_ADVICE = "it knows official images of Go, Rust, Java, Node, Python and .NET"


def language_of(stage: Stage, base: Base, commands: Iterable[Placed]) -> str | Reason:
    """Return the name of the recipe for a stage, or why there is none.

    On a distribution the language is the one that the commands build. Interpreters and virtual
    machines of distributions are at other places and of other versions than those of the official
    images, so that only compiled languages are taken apart there.

    Args:
        stage: The stage.
        base: Its base.
        commands: The commands of its RUN instructions.
    """
    if base.language in _TITLES:
        return base.language
    line = stage.start.line
    if base.family not in table("harden")["distributions"]:
        what = f"{stage.image} is no image of a language this knows how to take apart"
        more = "; Go and Rust also on Debian, Ubuntu and Alpine"
        return Reason("unknown-base", what, line, _ADVICE + more)
    if base.tier not in _TIERS:
        what = f"what {stage.image} holds is not known: no release is known by that tag"
        return Reason("unknown-base", what, line, "name a release, as in FROM debian:13")
    seen = _seen(commands)
    if not seen:
        what = f"{stage.image} is a distribution, and no step is seen to build Go or Rust on it"
        return Reason("unknown-base", what, line, f"build in a RUN by go or cargo; {_ADVICE}")
    if len(seen) > 1:
        told = ", ".join(f"{_TITLES[name]} (line {at})" for name, at in seen.items())
        message = f"more than one language is built: {told}; what of each is run is not known"
        return Reason("several-languages", message, line, "build each in a stage of its own")
    name, at = next(iter(seen.items()))
    if name not in _COMPILED:
        title, image = _TITLES[name], table("harden")["start_from"][name]
        what = (
            f"line {at} builds {title}; on a distribution such as {stage.image} what it needs to "
            "run is not known, only in the official images of the language"
        )
        return Reason("unknown-base", what, line, f"start from one, such as {image}")
    return name


def _seen(commands: Iterable[Placed]) -> dict[str, int]:
    """Return the languages that commands build, each with the line of the first that does."""
    languages = table("harden")["built_by"]
    seen: dict[str, int] = {}
    for placed in commands:
        for name, ways in languages.items():
            if name not in seen and any(_is(placed.command, way) for way in ways):
                seen[name] = placed.line
    return seen


def _is(command: Command, way: str) -> bool:
    """Tell whether a command is one of the table: ``mvn``, ``go build``, ``python3 -m pip``."""
    name, _, rest = way.partition(" ")
    if command.name != name:
        return False
    words = [word.text or word.raw for word in command.words]
    wanted = rest.split()
    return not rest or command.verb == rest or words[: len(wanted)] == wanted
