"""From a target's name to what it holds: opens it, reads it once, folds it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.flows._sheltered import Examination
from dunnage.model.errors import UsageError
from dunnage.model.limits import Limits
from dunnage.model.report import Examined, Subject
from dunnage.model.target import Layers, Listed, Several, Tree
from dunnage.sources._source import Registries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dunnage.indexing.plan import Indexed, Plan
    from dunnage.io.http import Http
    from dunnage.model.cataloger import Fact
    from dunnage.model.image import Image
    from dunnage.model.problem import Problem
    from dunnage.model.progress import Progress
    from dunnage.model.surface import Exposed, Surface
    from dunnage.model.system import OperatingSystem
    from dunnage.model.target import Target

_MOST_SECRETS = 1_000
"""Secrets of one configuration that are listed; the others are counted."""


class Request(Struct, frozen=True):
    """How targets are to be opened and read.

    Attributes:
        cache_root: The cache directory.
        platform: ``os/architecture`` to choose from an index, or empty.
        all_platforms: All images of an index are to be examined.
        distro: Distribution to assume instead of what the target says, or empty.
        types: ``os`` and ``library``, or one of them.
        skip_dirs: Patterns of directories to leave out.
        skip_files: Patterns of files to leave out.
        offline: No network connection may be opened.
        jobs: Layers read in parallel; 0 for one per core.
        limits: Bounds for what is read.
        registries: Mirrors, plain HTTP and certificates.
        surface: What of them could be attacked or is of no use is to be measured too.
    """

    cache_root: Path
    platform: str = ""
    all_platforms: bool = False
    distro: str = ""
    types: frozenset[str] = frozenset({"os", "library"})
    skip_dirs: tuple[str, ...] = ()
    skip_files: tuple[str, ...] = ()
    offline: bool = False
    jobs: int = 0
    limits: Limits = Limits()
    registries: Registries = Registries()
    surface: bool = False


def examine(name: str, request: Request, progress: Progress) -> Examination:
    """Open one target and find out what it holds.

    Returns:
        One subject, or one for each platform if all were asked for and the target is an index.

    Raises:
        TargetError: If it cannot be read at all.
        UsageError: If the request cannot be understood.
    """
    system = _override(request.distro)
    deadline = time.monotonic() + request.limits.timeout
    target = _open(name, request)
    if isinstance(target, Several):
        from dunnage.flows._platforms import examine_platforms

        def examined(layers: Layers) -> Subject:
            return _subject(name, layers, request, system, deadline, progress)

        return examine_platforms(target, examined, request.limits.target_packages)
    subject = _subject(name, target, request, system, deadline, progress)
    if request.all_platforms:
        subject = replace(subject, note="; ".join(filter(None, (subject.note, _no_index(target)))))
    return Examination((subject,))


def _no_index(target: Target) -> str:
    platform = str(target.image.platform) if isinstance(target, Layers) else ""
    if not platform:  # nothing that could be one of several
        return "no image index, so --all-platforms changes nothing"
    return f"no image index; its one image was examined, for {platform}"


def _subject(
    name: str,
    target: Target,
    request: Request,
    system: OperatingSystem | None,
    deadline: float,
    progress: Progress,
) -> Subject:
    from dunnage.flows._empty import nothing_found, otherwise

    indexed = _indexed(target, request, system, deadline, progress)
    other = otherwise(target, indexed.inventory, request)
    if other is not None:
        target = other
        indexed = _indexed(target, request, system, deadline, progress)
    inventory = indexed.inventory
    image = None if isinstance(target, Tree) else target.image
    shown, secrets = _without_secrets(image)
    subject = Subject(
        name=name,
        source=target.source,
        image=image,
        inventory=inventory,
        problems=(
            *target.problems,
            *inventory.problems,
            *indexed.problems,
            *nothing_found(target, inventory, request),
        ),
        examined=indexed.examined,
        note=target.note,
        surface=_surface(indexed, shown, secrets),
    )
    if isinstance(target, Layers):
        subject = _with_base(subject, request)
    return replace(subject, image=shown)


def _without_secrets(image: Image | None) -> tuple[Image | None, tuple[Exposed, ...]]:
    if image is None:
        return None, ()
    from dunnage.rules.image_secrets import without_secrets

    return without_secrets(image)


def _with_base(subject: Subject, request: Request) -> Subject:
    """Return the subject of an image with what it was built on."""
    from dunnage.rules.image_base import of_subject

    return replace(subject, base=of_subject(subject, system="os" in request.types))


def _surface(indexed: Indexed, image: Image | None, secrets: tuple[Exposed, ...]) -> Surface | None:
    """Return what was measured, with what only the image and the packages tell."""
    if indexed.surface is None:
        return None
    from dunnage.rules.attack_surface import rated

    sizes = [layer.size for layer in image.layers] if image else []
    known = bool(sizes) and min(sizes) >= 0
    surface = replace(
        indexed.surface,
        compressed=sum(sizes) if known else -1,
        user=image.user if image else "",
        secrets=secrets[:_MOST_SECRETS],
    )
    if more := len(secrets) - len(surface.secrets):
        surface = replace(surface, more=(*surface.more, ("secrets", more)))
    return rated(surface, indexed.inventory.packages)


def http_client(request: Request) -> Http:
    """Return the client for everything this request may fetch."""
    from dunnage.io.http import Http

    return Http(offline=request.offline, ca_file=request.registries.ca_file)


def _open(name: str, request: Request) -> Target | Several:
    from dunnage.sources._resolve import open_target
    from dunnage.sources._source import Options

    options = Options(
        platform=request.platform,
        all_platforms=request.all_platforms,
        offline=request.offline,
        limits=request.limits,
        registries=request.registries,
    )
    return open_target(name, options)


def _indexed(
    target: Target,
    request: Request,
    system: OperatingSystem | None,
    deadline: float,
    progress: Progress,
) -> Indexed:
    if isinstance(target, Listed):
        from dunnage.flows._listed import settled
        from dunnage.indexing.plan import Indexed

        inventory = settled(target.inventory, system, request.types)
        return Indexed(inventory, Examined(packages=len(inventory.packages)))
    plan = _plan(request, system, deadline, progress)
    if request.surface:
        plan = _measuring(plan, target)
    if isinstance(target, Layers):
        from dunnage.indexing.layers import index_layers

        return index_layers(target, plan)
    from dunnage.indexing.tree import index_tree

    return index_tree(target, plan)


def _measuring(plan: Plan, target: Layers | Tree) -> Plan:
    """Return the plan with what measures the surface."""
    from functools import partial

    from dunnage.indexing.measure import surface_of
    from dunnage.io.folder import load_all
    from dunnage.io.tables import table
    from dunnage.model.cataloger import Cataloger

    environ = target.image.env if isinstance(target, Layers) else ()
    return replace(
        plan,
        detectors=load_all("dunnage.detectors", "detector", Cataloger),
        measure=partial(surface_of, programs=table("programs"), environ=environ),
    )


def _plan(
    request: Request, system: OperatingSystem | None, deadline: float, progress: Progress
) -> Plan:
    from dunnage.indexing.plan import Plan
    from dunnage.io.folder import load_all
    from dunnage.io.tables import table
    from dunnage.model.cataloger import Cataloger
    from dunnage.parsers.distribution import identify

    distros = table("distros")

    def settle(facts: Sequence[Fact]) -> tuple[OperatingSystem | None, tuple[Problem, ...]]:
        return (system, ()) if system is not None else identify(facts, distros)

    return Plan(
        catalogers=load_all("dunnage.catalogers", "cataloger", Cataloger),
        identify=settle,
        distros=distros,
        limits=request.limits,
        cache_root=request.cache_root,
        progress=progress,
        jobs=request.jobs,
        skip_dirs=request.skip_dirs,
        skip_files=request.skip_files,
        types=request.types,
        deadline=deadline,
    )


def _override(text: str) -> OperatingSystem | None:
    if not text:
        return None
    from dunnage.io.tables import table
    from dunnage.parsers.distribution import override

    try:
        return override(text, table("distros"))
    except ValueError as error:
        raise UsageError(f"--distro: {error}") from error
