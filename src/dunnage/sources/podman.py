"""Opens an image of Podman on this machine.

Podman is asked through the socket of its service: the one that ``CONTAINER_HOST`` names, else that
of the user, else that of the system; ``systemctl --user start podman.socket`` starts it. The image
comes as ``podman save`` would write it, into a spool file. This opens no network connection, so it
works with ``--offline``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.sources._engine import Engine, layers_of
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.target import Layers, Several

# podman-system-service(1). What ``podman build`` makes is called ``localhost/NAME``.
_ENGINE = Engine(
    name="podman",
    variable="CONTAINER_HOST",
    sockets=("$XDG_RUNTIME_DIR/podman/podman.sock", "/run/podman/podman.sock"),
    start="systemctl --user start podman.socket, or podman system service",
    prefixes=("localhost",),
)


def _open(text: str, options: Options) -> Layers | Several:
    return layers_of(_ENGINE, text, options)


source = Source(
    open=_open,
    summary="an image of Podman on this machine, by its socket",
    example="podman:app:1.2",
)
