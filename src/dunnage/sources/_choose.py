"""Chooses one image where a place holds several."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, TargetError, UsageError
from dunnage.model.image import Platform
from dunnage.parsers.image_config import windows
from dunnage.parsers.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dunnage.parsers.oci import Descriptor

STDIN_NAME = "standard input"
"""What standard input is called in messages; a user writes ``-``."""
_SHOWN = 12
_MACHINES = {
    "x86_64": ("amd64", ""),
    "amd64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "arm64": ("arm64", ""),
    "armv7l": ("arm", "v7"),
    "armv6l": ("arm", "v6"),
    "i386": ("386", ""),
    "i686": ("386", ""),
}


def split_selector(text: str) -> tuple[str, str]:
    """Return path and selector of ``path``, ``path#image``, ``path@digest`` or ``path:image``.

    A path that exists is never split; else the longest part that exists is the path. Without
    any, nothing is split off.
    """
    if os.path.lexists(text):
        return text, ""
    for at in range(len(text) - 1, 0, -1):
        if text[at] in "#@:" and os.path.lexists(text[:at]):
            return text[:at], text[at + 1 :]
    return text, ""


def how_to_choose(name: str, known: Iterable[str]) -> str:
    """Return how to choose one of several images of a place.

    Args:
        name: What the place is called in messages.
        known: What its images are called.
    """
    written = "-" if name == STDIN_NAME else name
    return f"write {written}#NAME with one of: {listed(known)}"


def of_platform(entries: Sequence[Descriptor], wanted: str, where: str) -> Descriptor:
    """Return the entry of an index for the wanted platform.

    Statements about other entries and artifacts are left out. Without a wish, it is Linux on this
    machine's architecture, or else the only image there is.

    Args:
        entries: All entries.
        wanted: ``os/architecture[/variant]``, or empty.
        where: What the index is of.

    Raises:
        TargetError: If there is none, or no single one; the advice lists what there is.
        InputError: If all are for Windows.
        UsageError: If ``wanted`` is no platform.
    """
    images = images_of(entries)
    target = parse_platform(wanted)
    if not images:
        raise TargetError("the index holds no image", where=where)
    linux = [entry for entry in images if entry.platform.os.lower() != "windows"]
    if not linux:
        raise windows(where)
    fitting = [entry for entry in linux if fits(target or of_machine(), entry.platform)]
    if fitting:
        return max(fitting, key=lambda entry: _closeness(target or of_machine(), entry.platform))
    if len(linux) == 1 and (target is None or not linux[0].platform.os):
        return linux[0]
    known = sorted({str(entry.platform) or entry.digest for entry in images})
    raise TargetError(
        f"no image for {target or of_machine()}",
        where=where,
        advice=f"choose with --platform: {listed(known)}",
    )


def images_of(entries: Sequence[Descriptor]) -> list[Descriptor]:
    """Return the entries of an index without statements about other entries and artifacts."""
    return [entry for entry in entries if not entry.attestation and not entry.artifact_type]


def distinct(platforms: Sequence[Platform]) -> bool:
    """Tell whether each platform is said and none is there twice, as in one index."""
    return all(platform.os for platform in platforms) and len({*platforms}) == len(platforms)


def full_name(text: str) -> str:
    """Return an image name in its full form, or what is none as it is."""
    try:
        return str(Reference.parse(text))
    except InputError:
        return text


def parse_platform(text: str) -> Platform | None:
    """Return the platform a user wrote, or None if nothing was written.

    Raises:
        UsageError: If it is no platform.
    """
    try:
        return Platform.parse(text) if text else None
    except ValueError as error:
        raise UsageError(f"--platform: {error}") from error


def of_machine() -> Platform:
    """Return Linux on this machine's architecture."""
    machine = os.uname().machine.lower()
    architecture, variant = _MACHINES.get(machine, (machine, ""))
    return Platform("linux", architecture, variant)


def fits(wanted: Platform, found: Platform) -> bool:
    """Return True if an image for ``found`` is what was wanted.

    A variant counts only if one was wanted and the image names another; 64-bit ARM without a
    variant is v8 (OCI image-spec 1.1, image-index.md, platform variants).
    """
    if (wanted.os, wanted.architecture) != (found.os.lower(), found.architecture.lower()):
        return False
    variants = {part.variant or "v8" for part in (wanted, found)}
    if wanted.architecture == "arm64":
        return len(variants) == 1
    if wanted.architecture == "arm" and wanted.variant and found.variant:
        return found.variant <= wanted.variant
    return not wanted.variant or wanted.variant == found.variant


def _closeness(wanted: Platform, found: Platform) -> tuple[bool, str]:
    return found.variant == wanted.variant, found.variant


def listed(names: Iterable[str]) -> str:
    """Return names as a line for people, cut where it would be too long."""
    known = list(names)
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return ", ".join(name[:120] for name in known[:_SHOWN]) + more
