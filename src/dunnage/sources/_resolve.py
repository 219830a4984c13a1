"""Finds out which place a target's name means, and opens it."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.io import folder
from dunnage.model.errors import InputError, TargetError, UsageError
from dunnage.parsers.reference import Reference
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.target import Several, Target

_PACKAGE = "dunnage.sources"
_VERSION = re.compile(r"\d[\d.]*|latest")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_SUFFIX = re.compile(
    r"\.(?:tar|tgz|txz|tzst|tbz2?|gz|xz|zst|bz2|zip|jar|war|ear|whl|json|xml|spdx|cdx|deb|rpm|apk"
    r"|iso|img|exe|so|elf|bin)$",
    re.IGNORECASE,
)
_LONGEST = 8192


def schemes() -> tuple[str, ...]:
    """Return the words that may stand before the colon, sorted."""
    return tuple(name for name in folder.names(_PACKAGE) if name != "stdin")


def open_target(text: str, options: Options) -> Target | Several:
    """Open what a user named.

    ``scheme:`` in front decides; else ``-`` is standard input; else an existing path wins over an
    image of that name, and its content says what it is; else what looks like a path is never
    tried on a registry; the rest are images in registries. ``note`` tells the choice. Only with
    ``all_platforms`` it may be several images.

    Args:
        text: What the user wrote.
        options: How to open it.

    Raises:
        TargetError: If it cannot be read at all.
        UsageError: If it cannot be understood.
    """
    try:
        return replace(_opened(text, options), name=text)
    except InputError as error:
        where = error.where or text[:200]
        raise TargetError(error.message, where=where, advice=error.advice) from error


def _opened(text: str, options: Options) -> Target | Several:
    if not text.strip() or "\0" in text or len(text) > _LONGEST:
        raise UsageError("this names no target", where=repr(text[:80]))
    if text == "-" or text.startswith("-#"):
        return _source("stdin").open(text[1:], options)
    scheme, colon, rest = text.partition(":")
    if colon and scheme in schemes():
        if scheme == "registry" and _VERSION.fullmatch(rest):
            note = f"read as the image {text}; the scheme would be followed by an image name"
            return replace(_source("registry").open(text, options), note=note)
        if not rest:
            raise UsageError(f"nothing follows {scheme}:", advice=_example(scheme))
        return _source(scheme).open(rest, options)
    path, _, selector = (text, "", "") if os.path.lexists(text) else text.partition("#")
    if os.path.lexists(path):
        return _of_path(path, selector, options)
    _check_scheme(scheme, rest)
    if _looks_like_path(text) or _near_file(text):
        raise _missing(path)
    _check_reference(text)
    return _source("registry").open(text, options)


def _source(name: str) -> Source:
    return folder.load(_PACKAGE, name, "source", Source)


def _example(scheme: str) -> str:
    return f"write it like {_source(scheme).example}"


def _of_path(path: str, selector: str, options: Options) -> Target | Several:
    """Open an existing path as what its content says it is."""
    target = _of_directory(path, selector, options)
    if target is None:
        target = _of_file(path, selector, options)
    note = target.note or f"read as {target.source}, by its content"
    if not _looks_like_path(path) and _is_reference(path):
        note = f"{path} exists here and was {note}; the image would be registry:{path}"
    return replace(target, note=note)


def _of_file(path: str, selector: str, options: Options) -> Target | Several:
    from dunnage.sources._content import examined
    from dunnage.sources._manifests import Manifests
    from dunnage.sources._opened import target_of
    from dunnage.sources._project import lock_of, name_of
    from dunnage.sources._rootfs import file_of

    stored = file_of(path)
    if stored.size and Manifests().locks(name_of(path)):
        return replace(lock_of(stored), note="read as project: a lock file, by its name")
    return target_of(examined(stored, options.limits), selector, options)


def _of_directory(path: str, selector: str, options: Options) -> Target | Several | None:
    """Return what a directory holds, or None if the path is no directory."""
    from dunnage.sources import _layout, _manifests, _project, _rootfs

    try:
        if not stat.S_ISDIR(os.stat(path).st_mode):  # noqa: PTH116 - names may be no text
            return None
    except OSError:
        return None
    inside = {
        name
        for name in ("index.json", "oci-layout", "manifest.json", "version", "blobs")
        if os.path.lexists(f"{path}/{name}")
    }
    if "oci-layout" in inside or {"index.json", "blobs"} <= inside:
        return _layout.layers_of(_layout.Directory(path), path, "oci-dir", selector, options)
    if {"manifest.json", "version"} <= inside:
        raise TargetError(
            "an image in skopeo's own directory layout, which is not read",
            where=path,
            advice=f"copy it: skopeo copy dir:{path} oci:IMAGE, then name oci-dir:IMAGE",
        )
    tree = _rootfs.tree_of(path, options.limits)
    found = _manifests.taken(path)
    if not found.project:
        note = f"taken as a root file system because {found.why}"
        return replace(tree, note=f"{note}; project:{path} would read lock files")
    note = f"taken as a project because {found.why}"
    tree = _project.project_of(tree, options.limits)
    return replace(tree, note=f"{note}; rootfs:{path} would read what is installed")


def _check_scheme(scheme: str, rest: str) -> None:
    """Refuse what looks like a misspelt scheme.

    Raises:
        UsageError: If the word before the colon resembles a scheme of several words, or what
            follows it exists or could not be a tag.
    """
    if not rest or not _SCHEME.fullmatch(scheme):
        return
    path = os.path.lexists(rest.partition("#")[0]) or rest.startswith(("/", ".", "~"))
    if not path and not {"-", "_"} & {*scheme} and len(scheme) < 10:
        return  # an ordinary image name

    import difflib

    known = schemes()
    compound = [name for name in known if "-" in name]
    close = difflib.get_close_matches(scheme.lower(), compound, 1, 0.8)
    if not close and not path:
        return
    close = close or difflib.get_close_matches(scheme.lower(), known, 1, 0.4)
    meant = f"did you mean {close[0]}:{rest[:120]}? " if close else ""
    raise UsageError(
        f"there is no kind of target called {scheme[:40]!r}",
        where=f"{scheme}:{rest}"[:160],
        advice=f"{meant}known are {', '.join(f'{name}:' for name in known)}",
    )


def _looks_like_path(text: str) -> bool:
    name = text.partition("#")[0]
    before, _, tag = name.rpartition(":")
    return (
        text.startswith(("/", ".", "~"))
        or text.endswith("/")
        or "\\" in text
        or _SUFFIX.search(name if "/" in tag or not before else before) is not None
    )


def _missing(path: str) -> TargetError:
    """Return the error for a path that is not there, with the nearest that is."""
    import difflib

    parent, _, name = path.rstrip("/").rpartition("/")
    names = _names_in(parent or ("/" if path.startswith("/") else "."))
    close = difflib.get_close_matches(name, names, 1, 0.6)
    prefix = path[: len(path.rstrip("/")) - len(name)]
    meant = f"did you mean {prefix}{close[0]}?" if close else "check the spelling"
    if not close and names == [] and parent and not os.path.lexists(parent):
        meant = f"there is no directory {parent} either"
    tail = "" if path.startswith("~") is False else "; the shell did not replace the ~"
    return TargetError("there is no such file or directory", where=path, advice=meant + tail)


def _names_in(folder: str) -> list[str]:
    """Return the names in a directory, or of many some; nothing if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(10_000), strict=False)]
    except OSError:
        return []


def _near_file(text: str) -> bool:
    """Tell whether a bare name with a dot (``app.tra``) is a misspelt file of this directory."""
    if "." not in text or {"/", ":", "@"} & {*text}:
        return False
    import difflib

    files = [name for name in _names_in(".") if _SUFFIX.search(name)]
    return bool(difflib.get_close_matches(text.partition("#")[0], files, 1, 0.75))


def _is_reference(text: str) -> bool:
    try:
        Reference.parse(text)
    except InputError:
        return False
    return True


def _check_reference(text: str) -> None:
    """Explain what is neither a path nor an image name.

    Raises:
        TargetError: If ``text`` is no image name.
    """
    try:
        Reference.parse(text)
    except InputError as error:
        raise TargetError(
            f"neither an existing path nor an image name: {error.message.partition(': ')[2]}",
            where=text[:120],
            advice=error.advice,
        ) from error
