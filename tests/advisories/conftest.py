"""One store of the shared data for all tests that need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import run
from dunnage.advisories.store import Store, open_store
from support import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dunnage.advisories.update import Updated


@pytest.fixture(scope="session")
def shared_update(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Updated]:
    """Return the root of a store made from the shared data as a directory, and what came of it."""
    source = data_root()
    root = tmp_path_factory.mktemp("shared-store")
    return root, run(root, source)


@pytest.fixture(scope="session")
def shared_store(shared_update: tuple[Path, Updated]) -> Iterator[Store]:
    """Return an opened store of the shared data."""
    store = open_store(shared_update[0])
    assert store is not None
    with store:
        yield store
