"""The inventory that layers make: systems, layers of packages, owners, names, edges."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.indexing.graph import edges
from dunnage.model.location import Location
from dunnage.model.package import Package
from images import Hardlink, Symlink, layer_tar, sha256
from stubs import CATALOGERS, MAGIC, codes, index, listed, with_plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dunnage.model.cataloger import Fact
    from images import Content

STATUS = "var/db/status"


def _layers(*layers: dict[str, Content]) -> list[bytes]:
    return [layer_tar(layer) for layer in layers]


def test_database_packages_know_the_layer_that_brought_them() -> None:
    """The layer is the one since which a database lists a package without a break."""
    tars = _layers(
        {STATUS: b"a 1\nb 1\n"},
        {STATUS: b"a 1\nb 2\nc 1\n"},
        {STATUS: b"a 1\nc 1\n"},
        {STATUS: b"a 1\nb 1\nc 1\n"},
    )
    indexed = index(tars)
    assert listed(indexed) == {
        ("a", "1", STATUS, 0),
        ("b", "1", STATUS, 3),
        ("c", "1", STATUS, 1),
    }
    assert {p.name: p.locations[0].digest for p in indexed.inventory.packages} == {
        "a": sha256(tars[0]),
        "b": sha256(tars[3]),
        "c": sha256(tars[1]),
    }


def test_removed_packages_are_kept_as_a_fact() -> None:
    """Packages that whiteouts, databases or upgrades took away say who brought and who removed."""
    tars = _layers(
        {STATUS: b"a 1\nb 1\n", "x/METADATA": b"x 1", "y/METADATA": b"y 1", "z/METADATA": b"z 1"},
        {STATUS: b"a 2\n"},
        {".wh.x": b"", "y": None, "y/.wh..wh..opq": b"", "z": b"a file", "w/METADATA": b"y 1"},
    )
    indexed = index(tars)
    removed = {
        (r.package.name, r.package.version, r.package.locations[0].layer, r.removed_in)
        for r in indexed.inventory.removed
    }
    assert removed == {("a", "1", 0, 1), ("b", "1", 0, 1), ("x", "1", 0, 2), ("z", "1", 0, 2)}
    assert indexed.examined.removed == 4
    assert listed(indexed) == {("a", "2", STATUS, 1), ("y", "1", "w/METADATA", 2)}


def test_system_packages_are_named_after_the_system() -> None:
    """Namespace and distribution come from the release file; without one they stay empty."""
    with_system = index(_layers({STATUS: b"a 1\n"}, {"etc/os-release": b"deb"})).inventory
    assert with_system.system is not None
    assert str(with_system.packages[0].purl) == "pkg:deb/vendor/a@1?distro=deb-9"
    without = index(_layers({STATUS: b"a 1\n"})).inventory
    assert without.system is None
    assert str(without.packages[0].purl) == "pkg:deb/a@1"
    foreign = with_plan(distros={"deb": {"type": "rpm"}})
    inventory = index(_layers({STATUS: b"a 1\n", "etc/os-release": b"deb"}), foreign).inventory
    assert str(inventory.packages[0].purl) == "pkg:deb/a@1"


def test_a_database_behind_a_link_counts_once() -> None:
    """A moved database with a link in its old place, written through the link, is one."""
    tars = _layers(
        {"usr/db/status": b"old 1\n", "var/db": Symlink("../usr/db"), "opt/var/db/status": b"c 1"},
        {STATUS: b"new 1\n"},
    )
    indexed = index(tars)
    assert listed(indexed) == {
        ("new", "1", "usr/db/status", 1),
        ("c", "1", "opt/var/db/status", 0),
    }


def test_the_same_database_at_two_places_counts_once() -> None:
    """A copy or hard link of a database adds a location, not packages."""
    copy: dict[str, Content] = {
        STATUS: b"a 1\n",
        "usr/var/db/status": Hardlink(STATUS),
        "old/var/db/status": b"a 1\n",
    }
    [package] = index([layer_tar(copy)]).inventory.packages
    assert [x.path for x in package.locations] == [
        "old/var/db/status",
        "usr/var/db/status",
        STATUS,
    ]
    twice = index(_layers({STATUS: b"a 1\na 1\n"})).inventory.packages
    assert len({p.ref for p in twice}) == 2


def test_owners_through_merged_usr() -> None:
    """A library belongs to the package that lists its evidence, also by an older spelling."""
    tars = _layers(
        {"lib": Symlink("usr/lib"), "usr/lib/x/METADATA": b"x 1", "opt/x/METADATA": b"x 2"},
        {STATUS: b"python3-x 1 owns=lib/x/METADATA\n"},
    )
    packages = {(p.name, p.version): p for p in index(tars).inventory.packages}
    assert packages["x", "1"].owner == packages["python3-x", "1"].ref == "pkg:deb/python3-x@1"
    assert packages["x", "2"].owner == ""
    libraries = index(tars, with_plan(types=frozenset({"library"}))).inventory.packages
    assert [p.name for p in libraries] == ["x", "x"]
    assert libraries[0].owner == "pkg:deb/python3-x@1"
    systems = index(tars, with_plan(types=frozenset({"os"}))).inventory.packages
    assert [p.name for p in systems] == ["python3-x"]


def test_refs_are_unique() -> None:
    """The purl is the ref; where several share it, a hash of the path tells them apart."""
    packages = index(
        _layers({"a/METADATA": b"x 1", "b/METADATA": b"x 1\nx 1", "c/METADATA": b"y 1"})
    ).inventory.packages
    refs = [p.ref for p in packages]
    assert len(set(refs)) == 4
    assert refs[3] == "pkg:pypi/y@1"
    assert all(ref.startswith("pkg:pypi/x@1#") for ref in refs[:3])
    assert refs[2] == refs[1] + "-2"


def test_left_out_directories_and_files() -> None:
    """Globs leave packages and problems out, but never the identity of the system."""
    tars = _layers(
        {
            "etc/os-release": b"deb",
            STATUS: b"a 1\n",
            "opt/x/y/METADATA": b"x 1",
            "srv/METADATA": b"bad",
            "opt/tool": MAGIC + b"t",
        }
    )

    def names(dirs: Iterable[str] = (), files: Iterable[str] = ()) -> list[str]:
        indexed = index(tars, with_plan(skip_dirs=tuple(dirs), skip_files=tuple(files)))
        assert indexed.inventory.system is not None
        return [p.name for p in indexed.inventory.packages] + codes(indexed)

    assert names() == ["a", "t", "x", "broken-file"]
    assert names(["/opt/x/", "srv"]) == ["a", "t"]
    assert names(["**/y", "etc"]) == ["a", "t", "broken-file"]
    assert names(["opt/*"]) == ["a", "t", "broken-file"]
    assert names(["o?t"], ["srv/METADATA"]) == ["a"]
    assert names([], ["**/METADATA"]) == ["a", "t"]
    assert names([], ["opt/[st]ool", "var/**"]) == ["x", "broken-file"]


def test_assembled_facts() -> None:
    """Facts spread over files are joined after the fold; a failing join loses nothing."""

    def joined(facts: Sequence[Fact]) -> list[Fact]:
        packages = tuple(p for fact in facts for p in fact.packages)
        return [replace(facts[-1], packages=packages)]

    def failing(facts: Sequence[Fact]) -> list[Fact]:
        raise KeyError(facts[0].path)

    tars = _layers({"a/METADATA": b"a 1", "gone/METADATA": b"g 1"}, {"b/METADATA": b"b 1"})
    tars.append(layer_tar({".wh.gone": b""}))
    library = replace(CATALOGERS["library"], assemble=joined)
    indexed = index(tars, with_plan(catalogers={"library": library}))
    assert listed(indexed) == {("a", "1", "b/METADATA", 1), ("b", "1", "b/METADATA", 1)}
    library = replace(CATALOGERS["library"], assemble=failing)
    indexed = index(tars, with_plan(catalogers={"library": library}))
    assert listed(indexed) == {("a", "1", "a/METADATA", 0), ("b", "1", "b/METADATA", 1)}
    assert codes(indexed) == ["not-joined"]


def test_many_problems_are_counted() -> None:
    """Of very many problems of one kind only some are kept, the rest is a number."""
    tars = _layers({f"{n}/METADATA": b"bad" for n in range(120)})
    problems = index(tars).inventory.problems
    assert len(problems) == 101
    assert problems[-1].count == 20


def _package(
    kind: str, name: str, path: str, *depends: str, ref: str, arch: str = "", provides: str = ""
) -> Package:
    return Package(
        kind,
        name,
        "1",
        arch=arch,
        depends=depends,
        provides=(provides,) if provides else (),
        locations=(Location(path),),
        ref=ref,
    )


def test_edges_of_system_packages() -> None:
    """Names and provided capabilities answer, the same architecture first; the rest is left out."""
    found = edges(
        [
            _package("deb", "app", "s", "libc6", "awk", "missing", arch="amd64", ref="app"),
            _package("deb", "libc6", "s", arch="arm64", ref="arm"),
            _package("deb", "libc6", "s", arch="amd64", ref="amd"),
            _package("deb", "mawk", "s", "mawk", provides="awk", arch="amd64", ref="mawk"),
        ]
    )
    assert found == (("app", ("amd", "mawk")),)


def test_edges_of_python_packages() -> None:
    """Names are normalised, and the same directory comes first."""
    found = edges(
        [
            _package("pypi", "App", "v/app.dist-info/METADATA", "Foo_Bar", "only.global", ref="1"),
            _package("pypi", "foo-bar", "usr/foo.dist-info/METADATA", ref="2"),
            _package("pypi", "foo.bar", "v/foo.dist-info/METADATA", ref="3"),
            _package("pypi", "only-global", "usr/o.egg-info", ref="4"),
        ]
    )
    assert found == (("1", ("3", "4")),)


def test_edges_of_node_packages() -> None:
    """The nearest node_modules upwards is the one Node would load, within a hundred levels."""
    root = "app/node_modules"
    found = edges(
        [
            _package("npm", "a", f"{root}/a/package.json", "b", "@s/c", "d", ref="a"),
            _package("npm", "b", f"{root}/b/package.json", ref="far"),
            _package("npm", "b", f"{root}/a/node_modules/b/package.json", "a", ref="near"),
            _package("npm", "@s/c", f"{root}/@s/c/package.json", ref="c"),
            _package("npm", "d", "usr/share/nodejs/d/package.json", ref="d"),
        ]
    )
    assert found == (("a", ("c", "d", "near")), ("near", ("a",)))
    deep = f"{'x/' * 30_000}node_modules/e/package.json"
    many = [str(number) for number in range(100_000)]
    start = time.process_time()
    found = edges(
        [
            _package("npm", "e", deep, *many, "f", ref="e"),
            _package("npm", "f", f"{'x/' * 29_950}node_modules/f/package.json", ref="f"),
        ]
    )
    assert found == (("e", ("f",)),)
    assert time.process_time() - start < 5


def test_edges_stay_in_one_program() -> None:
    """Modules of a program depend on modules of the same program only."""
    found = edges(
        [
            _package("golang", "main", "bin/x", "dep", ref="m"),
            _package("golang", "dep", "bin/y", ref="other"),
            _package("golang", "dep", "bin/x", ref="own"),
        ]
    )
    assert found == (("m", ("own",)),)
