"""Real root file systems through the indexer with the real catalogers."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any, BinaryIO

from dunnage.indexing.layers import index_layers
from dunnage.indexing.plan import Plan
from dunnage.indexing.tree import index_tree
from dunnage.io.folder import load_all
from dunnage.io.tables import table
from dunnage.model.cataloger import Cataloger
from dunnage.model.image import Layer
from dunnage.model.target import Tree, TreeEntry
from dunnage.parsers.distribution import identify
from images import sha256
from stubs import layers_of
from support import data_json, data_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dunnage.indexing.plan import Indexed
    from dunnage.model.problem import Problem

KINDS = {tarfile.REGTYPE: "file", tarfile.DIRTYPE: "directory", tarfile.SYMTYPE: "symlink"}


def _plan() -> Plan:
    distros = table("distros")
    return Plan(
        load_all("dunnage.catalogers", "cataloger", Cataloger),
        identify=lambda facts: identify(facts, distros),
        distros=distros,
    )


def _images() -> Iterator[tuple[dict[str, Any], Path]]:
    for image in data_json("images.json")["images"]:
        path = data_root() / image["file"]
        if ".tar." in path.name and not image["kind"].startswith("docker-archive"):
            yield image, path


def _counted(indexed: Indexed, image: dict[str, Any]) -> int:
    """Return what images.json counts: system packages where there is a database, else all."""
    system = {"apk", "deb", "rpm"}
    kinds = [p.type for p in indexed.inventory.packages]
    return sum(kind in system for kind in kinds) if "lang/" not in image["file"] else len(kinds)


def test_every_real_image_gives_the_counted_packages() -> None:
    """As one layer, every image of the shared data holds exactly the packages counted there."""
    plan = _plan()
    wrong = []
    for image, path in _images():
        blob = path.read_bytes()
        layer = Layer(0, sha256(blob), "", len(blob))
        indexed = index_layers(layers_of([layer], [blob]), plan)
        packages = indexed.inventory.packages
        assert len({p.ref for p in packages}) == len(packages)
        refs = {p.ref for p in packages}
        assert all(refs.issuperset(needs) for _, needs in indexed.inventory.edges)
        if _counted(indexed, image) != image["expected_packages"]:
            wrong.append((path.name, _counted(indexed, image), image["expected_packages"]))
    assert not wrong


def _tree(path: Path) -> Tree:
    """Return a tar as a tree in memory, hard links as files of their own."""
    entries: list[TreeEntry | Problem] = []
    with tarfile.open(path) as tar:
        for member in tar:
            kind = KINDS.get(member.type, "other")
            data = b""
            if member.isfile() or member.islnk():
                file = tar.extractfile(member)
                kind, data = "file", file.read() if file else b""

            def reader(data: bytes = data) -> BinaryIO:
                return io.BytesIO(data)

            name = member.name.removeprefix("./")
            link = member.linkname if kind == "symlink" else ""
            entries.append(TreeEntry(name, kind, len(data), member.mode, link, reader))
    return Tree(path.name, "dir", lambda: iter(entries))


def test_an_unpacked_image_is_the_same() -> None:
    """Every image read as a tree gives the refs, owners, system and edges of the layer."""
    plan = _plan()
    for _, path in _images():
        if path.stat().st_size > 3_600_000:
            continue  # the large ones add time, not kinds of content
        blob = path.read_bytes()
        layer = Layer(0, sha256(blob), "", len(blob))
        one = index_layers(layers_of([layer], [blob]), plan).inventory
        two = index_tree(_tree(path), plan).inventory
        assert two.system == one.system, path.name
        assert [p.ref for p in two.packages] == [p.ref for p in one.packages], path.name
        assert [p.owner for p in two.packages] == [p.owner for p in one.packages], path.name
        assert two.edges == one.edges, path.name
