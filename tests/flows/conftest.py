"""What the end-to-end tests share: one advisory store built from the real data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dunnage.flows.db import Fetching, update_data
from dunnage.model.progress import Silent
from flows.test_registry_settings import registry
from images import write_oci_dir
from support import data_root
from webserver import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from webserver import Server


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache directory whose advisory store holds all the shared data."""
    data = data_root()
    root = tmp_path_factory.mktemp("stocked")
    what = Fetching(mirrors=[str(data)], offline=True)
    updated = update_data(root, what, now=datetime.now(UTC), progress=Silent())
    assert updated.parts
    return root


@pytest.fixture
def pulled(tmp_path: Path) -> Iterator[Callable[[Sequence[bytes]], str]]:
    """Return a function that puts layers into a registry and returns the name of the image."""
    servers: list[AbstractContextManager[Server]] = []

    def made(layers: Sequence[bytes]) -> str:
        folder = tmp_path / f"image{len(servers)}"
        written = write_oci_dir(folder, layers, compression="none")
        servers.append(serving(registry(folder, written.manifest)))
        return f"{servers[-1].__enter__().host}/app:1"

    yield made
    for server in servers:
        server.__exit__(None, None, None)
