"""Opens an image of the Docker engine on this machine.

The engine is asked through its socket: the one that ``DOCKER_HOST`` names (``unix://``), else the
first of the usual ones that answers. It saves the image as ``docker save`` would, into a spool file.
This opens no network connection, so it works with ``--offline``. Of a name that is not there the
nearest ones are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.sources._engine import Engine, layers_of
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.target import Layers, Several

# Docker's manuals: dockerd(8), rootless mode, and Docker Desktop.
_ENGINE = Engine(
    name="docker",
    variable="DOCKER_HOST",
    sockets=(
        "/var/run/docker.sock",
        "$XDG_RUNTIME_DIR/docker.sock",
        "$HOME/.docker/run/docker.sock",
    ),
    start="systemctl start docker",
)


def _open(text: str, options: Options) -> Layers | Several:
    return layers_of(_ENGINE, text, options)


source = Source(
    open=_open,
    summary="an image of the Docker engine on this machine, by its socket",
    example="docker:app:1.2",
)
