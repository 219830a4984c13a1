"""What a source declares, and what it is told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dunnage.io.http import Http
    from dunnage.model.target import Target


@dataclass(frozen=True, slots=True)
class Options:
    """How a target is to be opened.

    Attributes:
        platform: ``os/architecture[/variant]`` to choose from several, or empty for Linux on this
            machine's architecture.
        choose: Image to choose from an archive or layout of several (``name:tag``, a tag or a
            digest); what is written behind the path wins.
        http: The client for registries; None makes one when it is needed.
        offline: A client that is made when it is needed may open no connection.
        limits: Bounds to keep.
        docker_config: Docker's ``config.json`` with registry credentials; empty for its usual
            places.
        plain_http: Speak plain HTTP with registries that are not on this machine, too.
        environ: Environment variables.
    """

    platform: str = ""
    choose: str = ""
    http: Http | None = None
    limits: Limits = field(default_factory=Limits)
    docker_config: str = ""
    plain_http: bool = False
    offline: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)


class Source(NamedTuple):
    """A place targets come from; the file name is the scheme users write before the colon.

    Attributes:
        open: Opens what follows the scheme. It raises TargetError or InputError if that cannot be
            read at all, UsageError if it cannot be understood.
        summary: What it opens, for help texts.
        example: How a target is written, with its scheme.
    """

    open: Callable[[str, Options], Target]
    summary: str
    example: str
