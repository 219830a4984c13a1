"""What the end-to-end tests share: one advisory store built from the real data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dunnage.cli._main import run
from dunnage.flows.db import Fetching, update_data
from dunnage.model.progress import Silent
from flows.budgets import write_images
from flows.small_world import mirror, stock
from flows.test_registry_settings import registry
from images import write_oci_dir
from support import data_root
from webserver import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from flows.budgets import Scanned
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


@pytest.fixture
def scanned(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Scanned:
    """Run a verb in a directory of its own; return exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str, verb: str = "scan", **environ: str) -> tuple[int, str, str]:
        fixed = [] if verb == "convert" else ["--cache-dir=cache", "--offline"]
        code = run([verb, *words, *fixed], environ)
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


@pytest.fixture
def old_and_new(tmp_path: Path) -> None:
    """Advisories, and two images of one program, the new one with more of everything."""
    stock(tmp_path / "cache", mirror(tmp_path / "mirror"))
    write_images(tmp_path)
