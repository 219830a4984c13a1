"""What a source declares, and what it is told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct, field

from dunnage.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dunnage.io.http import Http
    from dunnage.model.target import Several, Target


class Registries(Struct, frozen=True):
    """What the user settled about registries.

    Attributes:
        mirrors: Other places of a registry's images, to be tried first, in order, each as
            ``REGISTRY=HOST[:PORT][/PREFIX]`` (``docker.io=mirror.example/hub``).
        plain_http: Hosts, with or without port, that plain HTTP is spoken with; this machine
            itself always is.
        ca_file: PEM file of certificate authorities besides the system's, or empty.
        certs: Directories of certificates by host, as Docker's ``certs.d``; they count before
            the usual ones.
    """

    mirrors: tuple[str, ...] = ()
    plain_http: tuple[str, ...] = ()
    ca_file: str = ""
    certs: tuple[str, ...] = ()


class Options(Struct, frozen=True):
    """How a target is to be opened.

    Attributes:
        platform: ``os/architecture[/variant]`` to choose from several, or empty for Linux on this
            machine's architecture.
        all_platforms: Open all images of an index instead.
        choose: Image to choose from an archive or layout of several (``name:tag``, a tag or a
            digest); what is written behind the path wins.
        http: The client for registries; None makes one when it is needed.
        offline: A client that is made when it is needed may open no connection.
        limits: Bounds to keep.
        docker_config: Docker's ``config.json`` with registry credentials; empty for its usual
            places.
        registries: Mirrors, plain HTTP and certificates.
        environ: Environment variables.
    """

    platform: str = ""
    all_platforms: bool = False
    choose: str = ""
    http: Http | None = None
    limits: Limits = field(default_factory=Limits)
    docker_config: str = ""
    registries: Registries = field(default_factory=Registries)
    offline: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __repr__(self) -> str:
        """Leave out the environment, which may hold secrets."""
        return f"Options(platform={self.platform!r}, offline={self.offline!r})"


class Source(Struct, frozen=True):
    """A place targets come from; the file name is the scheme users write before the colon.

    Attributes:
        open: Opens what follows the scheme; only with ``all_platforms`` it may give several images,
            opened once. It raises TargetError or InputError if that cannot be
            read at all, UsageError if it cannot be understood.
        summary: What it opens, for help texts.
        example: How a target is written, with its scheme.
    """

    open: Callable[[str, Options], Target | Several]
    summary: str
    example: str
