"""Turns settled options into requests for the flows."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.cli._option import seconds
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from dunnage.cli._command import Call
    from dunnage.flows._examine import Request

_FOREIGN = ("pkg:", "purl:", "cpe:", "singularity:")


_ONE = "name an image, archive or directory, as in: dunnage scan alpine:3.19"


def targets(call: Call, advice: str = _ONE) -> tuple[str, ...]:
    """Return the targets a user named.

    Args:
        call: What the user wrote.
        advice: What to do if there is none.

    Raises:
        UsageError: If none was named, one is empty, or several are standard input.
    """
    named = (*call.words, *((call.text("input"),) if call.text("input") else ()))
    if not named:
        raise UsageError("nothing to examine was named", advice=advice)
    if any(not name.strip() for name in named):
        raise UsageError(
            "a target is an empty text",
            advice="look at the variable or command that was to give its name",
        )
    if sum(name == "-" or name.startswith("-#") for name in named) > 1 and not _is_file():
        raise UsageError(
            "standard input was named more than once, and can be read only once",
            advice="write what comes on it to a file, and name that",
        )
    if len(named) == 1 and named[0].startswith(_FOREIGN):  # of several, one must not stop the rest
        from dunnage.cli._peers import check_scheme

        check_scheme(named[0])
    return named


def _is_file() -> bool:
    """Tell whether standard input is a file, which can be read again."""
    try:
        return stat.S_ISREG(os.fstat(0).st_mode)
    except OSError:
        return False


def cache_root(call: Call, *, written: bool = False) -> Path:
    """Return the cache directory the user chose.

    Args:
        call: What the user wrote.
        written: The verb is of no use if nothing can be written there.

    Raises:
        UsageError: If it cannot be written, and must be.
    """
    from dunnage.io.cachedir import cache_root as root
    from dunnage.io.cachedir import prepare

    found = root(call.text("cache_dir"))
    try:
        prepare(found)
    except UsageError as error:
        if written:
            raise
        call.console.note(f"{error}; nothing will be kept for the next time")
    return found


def request(call: Call) -> Request:
    """Return how targets are to be opened and read."""
    from dunnage.flows._examine import Request
    from dunnage.model.image import Platform
    from dunnage.model.limits import Limits
    from dunnage.sources._source import Registries

    platform = call.text("platform")
    if platform:
        try:
            platform = str(Platform.parse(platform))
        except ValueError as error:
            raise UsageError(f"--platform: {error}") from error
    if platform and call.on("all_platforms"):
        raise UsageError(
            "--platform and --all-platforms contradict each other",
            advice="leave one out; --platform= takes back what a file or variable says",
        )
    limits = replace(Limits(), timeout=seconds(call.text("timeout"), "--timeout"))
    return Request(
        cache_root=cache_root(call),
        platform=platform,
        all_platforms=call.on("all_platforms"),
        distro=call.text("distro"),
        types=frozenset(call.listed("pkg_types")),
        skip_dirs=(*call.listed("skip_dirs"), *call.listed("exclude")),
        skip_files=(*call.listed("skip_files"), *call.listed("exclude")),
        offline=call.on("offline"),
        jobs=min(call.number("jobs"), 4 * (os.cpu_count() or 1)),
        limits=limits,
        registries=Registries(
            mirrors=call.listed("registry_mirrors"),
            plain_http=call.listed("plain_http"),
            ca_file=call.text("ca_file"),
            certs=call.listed("certs_dirs"),
        ),
    )
