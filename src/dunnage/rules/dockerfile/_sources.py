"""Where COPY, ADD and mounts take files from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Dockerfile, Flag, Instruction, Word
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_ARCHIVE = pattern(
    r"\.(?:tar|tgz|tbz2?|txz|tlz|tzst|tar\.(?:gz|bz2|xz|zst|z|lzma|lz))\Z", re.IGNORECASE
)
_PACKED = pattern(r"\.(?:gz|bz2|xz|zst|lzma|z|lz)\Z", re.IGNORECASE)
_REMOTE = pattern(r"(?:https?|ftp|git|ssh)://|git@|github\.com/", re.IGNORECASE)
_IMAGE = pattern(r"[/:@.]")


class From(Struct, frozen=True):
    """A place that says which stage or image files come from.

    Attributes:
        name: As written.
        span: Of the name alone.
        flag: The whole flag's place.
    """

    name: str
    span: Span
    flag: Span


def origins(instruction: Instruction, file: Dockerfile) -> Iterator[From]:
    """Give what ``--from`` and ``--mount=...,from=`` of an instruction name."""
    for flag in instruction.flags:
        name = ""
        if flag.name == "from":
            name = flag.value or ""
        elif flag.name == "mount" and "from" in (flag.value or "").lower():
            name = flag.options().get("from", "")
        if name:
            yield From(name, _place(flag, name, file), flag.span)


def _place(flag: Flag, name: str, file: Dockerfile) -> Span:
    raw = file.data[flag.span.start : flag.span.end]
    at = raw.lower().find(b"from=" + name.encode().lower())
    if at < 0:
        return flag.span
    start = flag.span.start + at + len(b"from=")
    return Span(start, start + len(name.encode()))


def is_image(name: str) -> bool:
    """Tell whether a name can only be that of an image, or depends on a variable."""
    return "$" in name or _IMAGE.search(name) is not None or name.lower() == "scratch"


def stage_of(name: str, facts: Facts) -> Stage | None:
    """Return the stage that a name or number means, or None."""
    if name.isascii() and name.isdigit() and len(name) < 6:
        index = int(name)
        return facts.stages[index] if index < len(facts.stages) else None
    return facts.once(_by_name).get(name.lower())


def _by_name(facts: Facts) -> dict[str, Stage]:
    """Return the stages by name, the last of each."""
    return {stage.name: stage for stage in facts.stages}


def local_sources(instruction: Instruction) -> tuple[Word, ...]:
    """Return the sources of COPY or ADD in the build context, without here-documents."""
    if instruction.flag("from") is not None:
        return ()
    if not instruction.heredocs:
        return instruction.words[:-1]
    markers = {heredoc.marker for heredoc in instruction.heredocs}
    return tuple(word for word in instruction.words[:-1] if word.span not in markers)


def is_remote(text: str) -> bool:
    """Tell whether a source of ADD is fetched from somewhere."""
    return _REMOTE.match(text) is not None


def is_archive(text: str) -> bool:
    """Tell whether a path is named like a tar archive, which ADD unpacks."""
    return _ARCHIVE.search(text) is not None


def maybe_archive(text: str) -> bool:
    """Tell whether a path is named like something packed, or its name does not tell."""
    last = text.rstrip("/").rpartition("/")[2]
    return _PACKED.search(text) is not None or is_archive(text) or ("*" in last and "." not in last)
