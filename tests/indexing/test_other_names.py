"""Files under the names that links give them, in one layer or several, cached or not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from dunnage.indexing import others
from dunnage.indexing.layers import index_layers
from dunnage.indexing.tree import index_tree
from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.model.package import Package
from dunnage.sources._rootfs import tree_of
from images import Hardlink, Symlink, layer_tar
from stubs import CATALOGERS, MAGIC, PLAN, codes, image, index, listed, with_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from dunnage.indexing.plan import Indexed, Plan
    from dunnage.model.cataloger import File
    from dunnage.model.image import Layer
    from dunnage.model.target import Layers
    from images import Content

STATUS = "var/db/status"


def _index(*layers: Mapping[str, Content], plan: Plan = PLAN) -> Indexed:
    return index([layer_tar(layer) for layer in layers], plan)


class _Opened:
    """An image that counts how often its layers are opened, and can refuse to open them."""

    def __init__(self, *layers: Mapping[str, Content]) -> None:
        self.layers: Layers = image([layer_tar(layer) for layer in layers])
        self.opened: list[int] = []
        self.closed: set[int] = set()

    def index(self, plan: Plan = PLAN) -> Indexed:
        """Index it."""
        return index_layers(replace(self.layers, open=self._open), plan)

    def _open(self, layer: Layer) -> BinaryIO:
        self.opened.append(layer.index)
        if layer.index in self.closed:
            raise InputError("the layer is gone", advice="fetch it")
        return self.layers.open(layer)


def test_the_operating_system_behind_a_link() -> None:
    """A release file that is only a link into a store names the system."""
    store: dict[str, Content] = {
        "nix/store/x1-etc-os-release": b"nixos",
        "etc/os-release": Symlink("/nix/store/x1-etc-os-release"),
    }
    system = _index(store).inventory.system
    assert system is not None
    assert system.id == "nixos"


@pytest.mark.parametrize(
    "target", ["/data/s", "../../data/s", "../../../../../data/./s", "/here/s", "/again"]
)
def test_a_database_behind_a_link(target: str) -> None:
    """The link and what it leads to may be in any layers, with links and directories between."""
    data: dict[str, Content] = {"data/s": b"a 1\nb 1\n"}
    links: dict[str, Content] = {
        STATUS: Symlink(target),
        "here": Symlink("data"),
        "again": Symlink("here/s"),
    }
    expected = {("a", "1", STATUS), ("b", "1", STATUS)}
    for layers, at in (([data | links], 0), ([data, links], 0), ([links, data], 1)):
        indexed = _index(*layers)
        assert listed(indexed) == {(*package, at) for package in expected}
        assert not codes(indexed)
    changed = _index(data, links, {"data/s": b"a 2\n"})
    assert listed(changed) == {("a", "2", STATUS, 2)}
    assert not codes(_index(data, links, {"data/.wh.s": b""}))
    assert not listed(_index(data, links, {"data/.wh.s": b""}))
    assert not listed(_index(data, links, {"var/db/.wh.status": b""}))


def test_a_database_behind_a_linked_directory() -> None:
    """What is known by its whole path is found although only a directory above it is a link."""
    indexed = _index({"data/db/status": b"a 1\n"}, {"var": Symlink("data")})
    assert listed(indexed) == {("a", "1", "var/db/status", 0)}
    moved = _index({STATUS: b"a 1\n"}, {".wh.var": b"", "data/x/db/status": b"a 1\n"})
    assert not listed(moved)


def test_a_database_that_was_moved_is_not_removed() -> None:
    """Packages that are still reached, by a link, count from the layer that brought them."""
    before: dict[str, Content] = {STATUS: b"a 1\nb 1\n"}
    after: dict[str, Content] = {"data/s": b"a 1\nc 1\n", STATUS: Symlink("/data/s")}
    indexed = _index(before, after)
    assert listed(indexed) == {("a", "1", STATUS, 0), ("c", "1", STATUS, 1)}
    assert [removed.package.name for removed in indexed.inventory.removed] == ["b"]


def test_links_that_lead_nowhere() -> None:
    """Loops, missing files, directories and links out of the image give neither facts nor problems."""
    entries: dict[str, Content] = {
        "a/METADATA": Symlink("METADATA"),
        "b/METADATA": Symlink("../c/METADATA"),
        "c/METADATA": Symlink("../b/METADATA"),
        "d/METADATA": Symlink("/missing"),
        "e/METADATA": Symlink("/e"),
        "f/METADATA": Symlink("/"),
        "g/METADATA": Symlink("../../../../.."),
        "etc/passwd": b"x 1",
    }
    indexed = _index(entries)
    assert not indexed.inventory.packages
    assert not codes(indexed)


def test_what_was_examined_is_not_read_again() -> None:
    """One reading is enough where what a link leads to was examined by the same catalogers.

    That is so if they found something, if they looked into it, or if they go by the first bytes;
    and a link's name that they would not look into is not followed.
    """

    def inside(file: File) -> Fact | None:
        if not file.path.startswith("lib/"):
            return None
        text = file.body.all(100).decode()
        return Fact(packages=(Package("npm", text, "1"),)) if text != "nothing" else None

    wide = Cataloger(inside, 1, ("npm",), names=("package", "p"))
    catalogers = CATALOGERS | {"inside": wide}
    plan = with_plan(catalogers=catalogers)
    cases: list[tuple[dict[str, Content], set[str], int]] = [
        ({"x/METADATA": b"x 1", "y/METADATA": Symlink("../x/METADATA")}, {"x/METADATA"}, 1),
        ({"lib/p": b"nothing", "lib/a/package": Symlink("/lib/p")}, set(), 1),
        ({"opt/p": b"one", "opt/package": Symlink("/opt/p")}, set(), 1),
        ({"opt/p": b"one", "lib/package": Symlink("/opt/p")}, {"lib/package"}, 2),
        ({"bin/x": MAGIC + b"x", "bin/y": Symlink("x")}, {"bin/x"}, 1),
    ]
    for entries, paths, times in cases:
        opened = _Opened(entries)
        indexed = opened.index(plan)
        assert {p.locations[0].path for p in indexed.inventory.packages} == paths
        assert len(opened.opened) == times, entries
        assert not codes(indexed)


def test_first_bytes_count_once() -> None:
    """A link whose name is wanted by a cataloger that took its target by the first bytes is done."""
    both = replace(CATALOGERS["program"], names=("tool",))
    plan = with_plan(catalogers={"program": both})
    indexed = _index({"x": MAGIC + b"x", "tool": Symlink("x")}, plan=plan)
    assert {p.locations[0].path for p in indexed.inventory.packages} == {"x"}


def test_only_the_layer_with_the_file_is_read_again(tmp_path: Path) -> None:
    """What was learned is kept with that layer, so that nothing is read the next time."""
    plan = replace(PLAN, cache_root=tmp_path)
    opened = _Opened({"data/s": b"a 1\n"}, {STATUS: Symlink("/data/s")}, {"etc/x": b""})
    first = opened.index(plan)
    assert opened.opened == [0, 1, 2, 0] or sorted(opened.opened) == [0, 0, 1, 2]
    opened.opened.clear()
    second = opened.index(plan)
    assert second.inventory == first.inventory
    assert listed(second) == {("a", "1", STATUS, 0)}
    assert not opened.opened
    base = _Opened({"data/s": b"a 1\n"}, {"var/db": Symlink("/opt/db"), "opt/db": None})
    assert not listed(base.index(plan))
    assert base.opened == [1], "what one image asked for is nothing to another"


def test_layers_that_cannot_be_opened_again(tmp_path: Path) -> None:
    """A file that is known to be there and cannot be read is a problem, with advice."""
    plan = replace(PLAN, cache_root=tmp_path)
    base: dict[str, Content] = {"data/s": b"a 1\n", "x/METADATA": b"x 1"}
    _Opened(base).index(plan)
    opened = _Opened(base, {STATUS: Symlink("/data/s")})
    opened.closed = {0}
    indexed = opened.index(plan)
    assert listed(indexed) == {("x", "1", "x/METADATA", 0)}
    [problem] = indexed.inventory.problems
    assert (problem.code, problem.advice) == ("not-examined", "fetch it")
    assert problem.message.endswith("the layer is gone")
    assert problem.where.endswith(f": {STATUS}")
    opened.closed = set()
    assert len(opened.index(plan).inventory.packages) == 2, "the failure was not kept"


def test_a_layer_that_changes_between_two_readings() -> None:
    """What is read again must be the layer whose digest was verified."""
    good = layer_tar([("data/s", b"a 1\n"), (STATUS, Symlink("/data/s"))])
    evil = layer_tar([("data/s", b"z 9\n"), (STATUS, Symlink("/data/s"))])
    for digests in (True, False):
        layers = image([good], digests=digests)
        blobs = [layers, image([evil], digests=digests)]

        def opened(layer: Layer, blobs: list[Layers] = blobs) -> BinaryIO:
            return blobs.pop(0).open(layer)

        indexed = index_layers(replace(layers, open=opened), PLAN)
        assert not indexed.inventory.packages
        assert codes(indexed) == ["not-examined"]
        assert "changed after it was read" in indexed.inventory.problems[0].message


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many links are followed, and only until the time is over; it is said if not all."""
    entries: dict[str, Content] = {f"{n}/METADATA": Symlink(f"/f{n}") for n in range(20)}
    entries |= {f"f{n}": b"p 1\n" for n in range(20)}
    monkeypatch.setattr(others, "MOST", 7)
    indexed = _index(entries)
    assert len(indexed.inventory.packages) == 7
    assert codes(indexed) == ["not-examined"]
    assert "more than 7 links" in indexed.inventory.problems[0].message
    monkeypatch.setattr(others, "CONSIDERED", 5)
    indexed = _index(entries)
    assert len(indexed.inventory.packages) == 5
    assert "more than 5 links" in indexed.inventory.problems[0].message
    packages = replace(Limits(), target_packages=3)
    indexed = _index(entries, plan=with_plan(limits=packages))
    assert set(codes(indexed)) == {"not-examined"}


def test_the_time_is_over_before_links_are_followed() -> None:
    """A layer is not read again after the deadline; that is told, and everything else is there."""
    end = time.monotonic() + 0.4
    calls: list[str] = []

    def slow(file: File) -> Fact:
        calls.append(file.path)
        time.sleep(max(0.0, end - time.monotonic()))
        return Fact(packages=(Package("npm", "slow", "1"),))

    plan = with_plan(
        catalogers=CATALOGERS | {"slow": Cataloger(slow, 1, ("npm",), names=("slow",))},
        deadline=end,
    )
    opened = _Opened({"slow": b"", "data/s": b"a 1\n", STATUS: Symlink("/data/s")})
    indexed = opened.index(plan)
    assert [p.name for p in indexed.inventory.packages] == ["slow"]
    assert codes(indexed) == ["timeout"]
    assert calls == ["slow"]


def test_a_directory_target(tmp_path: Path) -> None:
    """Links of a directory are followed inside it, whatever is at their targets outside."""
    (tmp_path / "var/db").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/s").write_bytes(b"a 1\n")
    (tmp_path / STATUS).symlink_to("/data/s")
    (tmp_path / "METADATA").symlink_to("/etc/passwd")
    indexed = index_tree(tree_of(str(tmp_path), Limits()), PLAN)
    assert listed(indexed) == {("a", "1", STATUS, -1)}
    assert not codes(indexed)
    (tmp_path / "data/s").write_bytes(b"bad\n")
    assert codes(index_tree(tree_of(str(tmp_path), Limits()), PLAN)) == ["broken-file"]


def test_real_catalogers_follow_links() -> None:
    """A content-addressed store under the names of real package files gives its packages."""
    catalogers = load_all("dunnage.catalogers", "cataloger", Cataloger)
    status = b"Package: tar\nStatus: install ok installed\nVersion: 1.34-1\n\n"
    node: bytes = b'{"name": "left-pad", "version": "1.0.0"}'
    store: dict[str, Content] = {
        "store/1": status,
        "store/2": b"Name: requests\nVersion: 2.19.1\n\n",
        "store/three/package.json": node,
        "store/METADATA": b"Name: six\nVersion: 1.0\n\n",
    }
    names: dict[str, Content] = {
        "var/lib/dpkg/status": Symlink("../../../store/1"),
        "usr/lib/python3/dist-packages/requests-2.19.1.dist-info/METADATA": Symlink("/store/2"),
        "app/node_modules/left-pad/package.json": Symlink("/store/three/package.json"),
        "app/six-1.0.dist-info/METADATA": Hardlink("store/METADATA"),
        "doc/METADATA": Symlink("/store/2"),
    }
    for layers in ([store | names], [store, names]):
        indexed = _index(*layers, plan=replace(PLAN, catalogers=catalogers))
        assert not codes(indexed)
        assert {(p.name, p.version, p.locations[0].path) for p in indexed.inventory.packages} == {
            ("tar", "1.34-1", "var/lib/dpkg/status"),
            ("requests", "2.19.1", list(names)[1]),
            ("left-pad", "1.0.0", list(names)[2]),
            ("six", "1.0", list(names)[3]),
        }


def _paths(indexed: Indexed) -> Sequence[tuple[str, str, int]]:
    found = (
        (p.locations[0].path, p.name, p.locations[0].layer) for p in indexed.inventory.packages
    )
    return sorted(found)


def test_hard_links_to_lower_layers() -> None:
    """A hard link carries what its target is when its layer comes, whatever becomes of that."""
    base: dict[str, Content] = {
        "store/1": b"x 1\n",
        "bin/a": MAGIC + b"a",
        "l": Symlink("bin"),
        "s": Symlink("/store/1"),
    }
    links: dict[str, Content] = {
        "x/METADATA": Hardlink("store/1"),
        "bin/b": Hardlink("l/a"),
        "y/METADATA": Hardlink("s"),
        "data": Hardlink("store/1"),
    }
    expected = [("bin/b", "a", 1), ("x/METADATA", "x", 1), ("y/METADATA", "x", 0)]
    indexed = _index(base, links)
    assert _paths(indexed) == [("bin/a", "a", 0), *expected]
    assert not codes(indexed)
    gone: dict[str, Content] = {".wh.store": b"", "bin/a": b"text"}
    assert _paths(_index(base, links, gone)) == expected[:2]
    chained = _index(base, links, gone, {"z/METADATA": Hardlink("data"), "c": Hardlink("bin/b")})
    assert _paths(chained) == [*expected[:1], ("c", "a", 3), expected[1], ("z/METADATA", "x", 3)]
    changed = _index(base, {"store/1": b"x 2\n"}, links)
    assert {p.version for p in changed.inventory.packages if p.name == "x"} == {"2"}
    replaced = _index(base, links, {"bin/.wh.b": b"", "x/METADATA": b"w 1", "y": b""})
    assert _paths(replaced) == [("bin/a", "a", 0), ("x/METADATA", "w", 2)]


def test_hard_links_to_files_that_exist_nowhere() -> None:
    """Such a link is a problem of its file, until that is removed or replaced."""
    base: dict[str, Content] = {"a/b": b"", "x/METADATA": Hardlink("a/missing"), "y": Hardlink("a")}
    indexed = _index(base)
    assert codes(indexed) == ["not-examined"] * 2
    assert indexed.inventory.problems[0].message == "the target of a hard link is missing"
    assert {p.where.rpartition(": ")[2] for p in indexed.inventory.problems} == {"x/METADATA", "y"}
    assert not codes(_index(base, {"x/METADATA": b"x 1", ".wh.y": b""}))
    late = _index({"x/METADATA": Hardlink("later"), "later": b"x 1"})
    assert (_paths(late), codes(late)) == ([("x/METADATA", "x", 0)], [])


def test_hard_links_keep_what_was_replaced_afterwards() -> None:
    """In one layer too, a hard link is to what its target was when the link was made."""
    entries: list[tuple[str, Content]] = [
        ("f", b"old 1"),
        ("a/METADATA", Hardlink("f")),
        ("f", b"new 1"),
        ("b/METADATA", Hardlink("f")),
        ("g", MAGIC + b"old"),
        ("p", Hardlink("g")),
        ("g", b"no program"),
        ("d", Symlink("e")),
        ("h", Hardlink("d")),
        ("e/METADATA", b"e 1"),
        ("c/METADATA", Hardlink("d/METADATA")),
        ("i/METADATA", Hardlink("h")),
    ]
    tar = layer_tar(entries)
    for compression in ("gzip", "none"):
        indexed = index([tar], compression=compression)
        assert _paths(indexed) == [
            ("a/METADATA", "old", 0),
            ("b/METADATA", "new", 0),
            ("c/METADATA", "e", 0),
            ("e/METADATA", "e", 0),
            ("p", "old", 0),
        ]
        assert not codes(indexed)


def test_links_and_hard_links_together() -> None:
    """A link to a hard link to a file of a lower layer gives that file its name."""
    indexed = _index(
        {"store/1": b"x 1\n"},
        {"store/2": Hardlink("store/1"), "store/3": Hardlink("store/2")},
        {"x/METADATA": Symlink("/store/3"), "store/.wh.1": b""},
    )
    assert _paths(indexed) == [("x/METADATA", "x", 1)]


def test_layers_whose_order_matters() -> None:
    """Where engines would differ by the order of entries, the layer is called ambiguous."""
    base: dict[str, Content] = {"lib": Symlink("usr/lib"), "usr/lib/x/METADATA": b"x 1"}
    entries: list[tuple[str, Content]] = [("lib/y/METADATA", b"y 1"), ("lib", None)]
    indexed = index([layer_tar(base), layer_tar(entries)])
    assert codes(indexed) == ["ambiguous-layer"]
    assert indexed.inventory.problems[0].where.endswith(": lib")
    assert not codes(index([layer_tar(base), layer_tar(reversed(entries))]))
    assert not codes(index([layer_tar({"lib": None}), layer_tar(entries)]))
