"""Opens an image of containerd on this machine, as its own program exports it.

``ctr images export`` is run, and what it writes is kept in a spool file. The name may be short
(``alpine:3.20``) or whole (``docker.io/library/alpine:3.20``). ``CONTAINERD_NAMESPACE`` says which
namespace to look in; without it all of them are. containerd's socket usually belongs to root.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.errors import InputError, LimitError, TargetError
from dunnage.parsers.reference import Reference
from dunnage.sources import _layout
from dunnage.sources._choose import listed, parse_platform
from dunnage.sources._content import archive
from dunnage.sources._near import cleaned, near
from dunnage.sources._platforms import renamed
from dunnage.sources._program import found, output
from dunnage.sources._source import Options, Source
from dunnage.sources._spool import spooled

if TYPE_CHECKING:
    from collections.abc import Generator

    from dunnage.model.target import Layers, Several

_NAMESPACE = "CONTAINERD_NAMESPACE"
_USUAL = "default"
_ASKING = 60.0
_LISTED = 4 * 1024 * 1024
_NAMESPACES = 16


def _open(text: str, options: Options) -> Layers | Several:
    """Open the image ``text``, a name, of the namespace ``CONTAINERD_NAMESPACE`` or of any."""
    where = f"containerd:{text[:120]}"
    names = _names(text, where)
    ctr = _Ctr(options, where)
    namespace, name = ctr.known(names)
    words = ["images", "export"]
    platform = parse_platform(options.platform)
    if options.all_platforms:
        words += ["--all-platforms"]
    elif platform is not None:
        words += ["--platform", str(platform)]
    advice = f"export it to a file and scan that: ctr -n {namespace} images export image.tar {name}"
    with closing(ctr.run(namespace, *words, "-", name, seconds=options.limits.timeout)) as chunks:
        stored = spooled(chunks, options.limits, where, advice)
    opened = archive(stored, options.limits)
    if opened.members is None:
        raise TargetError("ctr exported no image", where=where)
    files = _layout.Packed(opened.members)
    options = replace(options, choose="")
    exported = _layout.layers_of(files, where, "containerd", "", options, opened.problems)
    note = f"image {name} of the namespace {namespace} of containerd"
    return renamed(exported, "containerd", name, note)


def _names(text: str, where: str) -> tuple[str, ...]:
    """Return the names an image may have there; containerd itself knows whole ones alone.

    Raises:
        TargetError: If it is no name.
    """
    try:
        whole = str(Reference.parse(text))
    except InputError as error:
        raise TargetError(error.message, where=where, advice=error.advice) from error
    return tuple(dict.fromkeys((text, whole)))


class _Ctr:
    """Runs ``ctr``, the program of containerd (its ``docs/man/ctr.8``).

    Args:
        options: ``limits`` and ``environ`` count.
        where: The target, for messages.

    Raises:
        TargetError: If there is none.
    """

    def __init__(self, options: Options, where: str) -> None:
        self._limits = options.limits
        self._environ = options.environ
        self._where = where
        self._path = found("ctr", options.environ)
        if not self._path:
            raise TargetError(
                "ctr, the program of containerd that exports images, is not in PATH",
                where=where,
                advice="install it, or write: nerdctl save IMAGE | dunnage scan -",
            )

    def run(self, namespace: str, *words: str, seconds: float) -> Generator[bytes]:
        """Run it and give what it writes to standard output.

        Raises:
            TargetError: If it fails.
            InputError: If it does not end in time.
        """
        command = [self._path, *(("--namespace", namespace) if namespace else ()), *words]
        seconds = min(seconds, self._limits.timeout)
        try:
            yield from output(command, self._environ, seconds)
        except (TargetError, InputError) as error:
            advice = error.advice or "is containerd running, and may you use its socket?"
            raise type(error)(error.message, where=self._where, advice=advice) from error

    def lines(self, namespace: str, *words: str) -> list[str]:
        """Return the lines it writes.

        Raises:
            LimitError: If there are too many.
        """
        data = bytearray()
        with closing(self.run(namespace, *words, seconds=_ASKING)) as chunks:
            for chunk in chunks:
                data += chunk
                if len(data) > _LISTED:
                    raise LimitError(f"ctr wrote more than {_LISTED} bytes", where=self._where)
        return data.decode("utf-8", "replace").splitlines()

    def known(self, names: tuple[str, ...]) -> tuple[str, str]:
        """Return the namespace an image is in, and its name there.

        Raises:
            TargetError: If it is in none; the advice lists the nearest names.
        """
        said = self._environ.get(_NAMESPACE, "")
        spaces = [said] if said else self._namespaces()
        seen: list[str] = []
        for space in spaces:
            images = self.lines(space, "images", "list", "--quiet")
            fitting = [name for name in names if name in images]
            if fitting:
                return space, fitting[0]
            seen += images
        raise TargetError(
            f"containerd has no such image in {'the namespace' if said else 'its namespaces'} "
            f"{listed(map(cleaned, spaces))}",
            where=self._where,
            advice=near(names[-1], seen, otherwise=f"{_NAMESPACE} chooses a namespace"),
        )

    def _namespaces(self) -> list[str]:
        """Return what namespaces there are, the usual one first."""
        lines = (line.strip() for line in self.lines("", "namespaces", "list", "--quiet"))
        others = sorted(line for line in lines if line and line != _USUAL)
        return [_USUAL, *others[: _NAMESPACES - 1]]


source = Source(
    open=_open,
    summary="an image of containerd on this machine, by its program ctr",
    example="containerd:docker.io/library/app:1.2",
)
