"""What the end-to-end tests share: one advisory store built from the real data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dunnage.flows.db import Fetching, update_data
from dunnage.model.progress import Silent
from support import data_root

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache directory whose advisory store holds all the shared data."""
    data = data_root()
    root = tmp_path_factory.mktemp("stocked")
    what = Fetching(mirrors=[str(data)], offline=True)
    updated = update_data(root, what, now=datetime.now(UTC), progress=Silent())
    assert updated.parts
    return root
