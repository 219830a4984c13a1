"""Makes small mirrors, serves directories over HTTP, and updates stores from them."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from dunnage.advisories.store import Store, open_store
from dunnage.advisories.update import Updated, update
from dunnage.io.http import Http
from dunnage.model.inventory import Inventory
from dunnage.model.progress import Silent
from dunnage.model.system import OperatingSystem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dunnage.model.package import Package

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Json = dict[str, Any]


def zipped(entries: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of the entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target.getvalue()


def osv_zip(records: Sequence[Json]) -> bytes:
    """Return the bulk export of some records."""
    return zipped({f"{record['id']}.json": json.dumps(record).encode() for record in records})


def record(identity: str, ecosystem: str, name: str, *events: Json, **more: object) -> Json:
    """Return an OSV record about one package with one ECOSYSTEM range."""
    affected: Json = {"package": {"ecosystem": ecosystem, "name": name}}
    if events:
        affected["ranges"] = [{"type": "ECOSYSTEM", "events": list(events)}]
    found: Json = {"id": identity, "modified": "2026-01-01T00:00:00Z", "affected": [affected]}
    return {**found, **more}


def below(fixed: str) -> tuple[Json, Json]:
    """Return the events of a range from the beginning up to a fixed version."""
    return {"introduced": "0"}, {"fixed": fixed}


def write_mirror(
    root: Path, ecosystems: Mapping[str, Sequence[Json]], *, bare: bool = False
) -> Path:
    """Write a mirror with some ecosystems (without release) and their records."""
    base = root if bare else root / "osv"
    base.mkdir(parents=True, exist_ok=True)
    (base / "ecosystems.txt").write_text("".join(f"{name}\n" for name in ecosystems))
    for name, records in ecosystems.items():
        (base / name).mkdir(exist_ok=True)
        (base / name / "all.zip").write_bytes(osv_zip(records))
    return root


def run(root: Path, *mirrors: Path | str, only: Sequence[str] = (), now: datetime = NOW) -> Updated:
    """Update a store."""
    return update(
        root, [str(m) for m in mirrors], only=only, http=Http(), now=now, progress=Silent()
    )


def store_of(root: Path, ecosystems: Mapping[str, Sequence[Json]]) -> Store:
    """Make a mirror and a store from it, and open the store."""
    run(root / "db", write_mirror(root / "mirror", ecosystems))
    store = open_store(root / "db")
    assert store is not None
    return store


def held(*packages: Package, ecosystem: str = "", end_of_life: str = "") -> Inventory:
    """Return an inventory, with a distribution if an ecosystem is given."""
    system = None
    if ecosystem:
        system = OperatingSystem(
            id="some", name="Some Linux 1", ecosystem=ecosystem, end_of_life=end_of_life
        )
    return Inventory(system=system, packages=packages)


class _Handler(SimpleHTTPRequestHandler):
    """Serves files and remembers what was asked."""

    asked: list[tuple[str, int]]

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        self.asked.append((f"{self.command} {self.path}", int(code)))

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002 - the inherited name
        """Stay silent."""


@contextmanager
def served(directory: Path) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Serve a directory; give its URL and the growing list of requests with their status."""
    asked: list[tuple[str, int]] = []
    handler = type("Handler", (_Handler,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(directory)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
