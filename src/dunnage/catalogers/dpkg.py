"""Packages of Debian, Ubuntu and other distributions that use dpkg.

``var/lib/dpkg/status`` lists them; images without dpkg itself (distroless) have one file for each
package in ``var/lib/dpkg/status.d``. The files of a package are in ``var/lib/dpkg/info/NAME.list``
(``NAME:ARCH.list`` for packages that may be installed for several architectures) or in
``status.d/NAME.md5sums``, its licences in ``usr/share/doc/NAME/copyright``; ``assemble`` joins them.
See dpkg-query(1) and deb-control(5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.catalogers._os import Problems, lines
from dunnage.model.cataloger import Cataloger, Fact, File
from dunnage.model.errors import InputError, LimitError
from dunnage.parsers import deb822, debian_copyright

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dunnage.model.package import Package

_STATUS = "var/lib/dpkg/status"
_SINGLE = "var/lib/dpkg/status.d/"
_INFO = "var/lib/dpkg/info/"
_DOC = "usr/share/doc/"

_SMALL = 2 * 1024 * 1024

_FIELDS = frozenset(
    {
        "package",
        "status",
        "version",
        "architecture",
        "source",
        "maintainer",
        "pre-depends",
        "depends",
        "provides",
    }
)

# The last word of Status, see dpkg(1). In these states the files of a package are unpacked.
_PRESENT = frozenset(
    {"installed", "triggers-pending", "triggers-awaited", "half-configured", "unpacked"}
)


def _parse(file: File) -> Fact | None:
    path = file.path
    folder, _, name = path.rpartition("/")
    folder += "/"
    if name == "copyright":
        return _licences(file) if _under(folder[: folder.rfind("/", 0, -1) + 1], _DOC) else None
    if name.endswith(".list"):
        owner = name.removesuffix(".list").partition(":")[0]
        return _owned(owner, _lines(file), file) if _under(folder, _INFO) else None
    if _under(folder, _SINGLE):
        if name.endswith(".md5sums"):
            paths = (line.partition("  ")[2] for line in _lines(file))
            return _owned(name.removesuffix(".md5sums"), paths, file)
        return _database(file, single=True)
    return _database(file, single=False) if _under(path, _STATUS) else None


def _under(path: str, ending: str) -> bool:
    """Tell whether a path ends in whole segments with ``ending``."""
    return path.endswith(ending) and path[-len(ending) - 1 : -len(ending)] in {"", "/"}


def _licences(file: File) -> Fact | None:
    found = debian_copyright.licences(file.body.all(file.limits.text_bytes))
    return Fact(notes=tuple(("licence", name) for name in found)) if found else None


def _lines(file: File) -> Iterable[str]:
    """Return the lines of a file list: at once, unless it is very large.

    Raises:
        LimitError: If it is larger than the limits allow.
    """
    if file.size > file.limits.text_bytes:
        raise LimitError(f"the file list is larger than {file.limits.text_bytes} bytes")
    if file.size <= _SMALL:
        return file.body.all(_SMALL).decode("utf-8", "replace").split("\n")
    return (line.rstrip("\n") for line in lines(file))


def _owned(owner: str, paths: Iterable[str], file: File) -> Fact | None:
    """Return the files of one package; its copyright file is joined by name, not by owner."""
    wanted = file.evidence
    found: list[tuple[str, str]] = []
    for full in paths:
        if wanted(full) and not full.endswith("/copyright"):
            path = full.removeprefix("/").removeprefix("./")
            if path not in {"", "."}:
                found.append((owner, path))
    return Fact(files=tuple(found)) if found else None


def _database(file: File, *, single: bool) -> Fact:
    packages: list[Package] = []
    problems = Problems(file)
    for fields in deb822.paragraphs(lines(file), _FIELDS):
        if problems.stop(len(packages)):
            break
        if isinstance(fields, InputError):
            problems.add("broken-package-record", fields)
            continue
        state = fields.get("status", "install ok installed" if single else "").split()
        if state and state[-1] not in _PRESENT:
            continue
        if not (state and fields.get("package") and fields.get("version")):
            name = fields.get("package", "")
            missing = "status or version" if name else "name"
            problems.add(
                "broken-package-record",
                InputError(f"a package record has no {missing}", where=name),
            )
            continue
        packages.append(_package(fields, state[-1]))
    return Fact(packages=tuple(packages), problems=problems.all())


def _package(fields: dict[str, str], state: str) -> Package:
    package = deb822.package_of(fields)
    return package if state == "installed" else replace(package, extra=(("state", state),))


def _assemble(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Join the databases with file lists and licences of the same root directory."""
    owned: dict[tuple[str, str], list[str]] = {}
    licences: dict[tuple[str, str], tuple[str, ...]] = {}
    databases: list[Fact] = []
    for fact in facts:
        root, _, rest = fact.path.rpartition(_DOC)
        if rest.endswith("/copyright") and fact.notes:
            licences[root, rest.removesuffix("/copyright")] = tuple(v for _, v in fact.notes)
        elif fact.files and not fact.packages:
            key = fact.path.removesuffix(".md5sums")
            if key == fact.path:
                key = fact.path.rpartition(_INFO)[0] + _STATUS
            for name, path in fact.files:
                owned.setdefault((key, name), []).append(path)
        else:
            databases.append(fact)
    for fact in databases:
        yield _joined(fact, owned, licences)


def _joined(
    fact: Fact,
    owned: dict[tuple[str, str], list[str]],
    licences: dict[tuple[str, str], tuple[str, ...]],
) -> Fact:
    root = fact.path.rpartition("var/lib/dpkg/")[0]
    names = dict.fromkeys(package.name for package in fact.packages)
    files = [(name, path) for name in names for path in owned.get((fact.path, name), ())]
    # In status.d a file list carries the name of the status file, not of the package.
    stem = fact.path.rpartition("/")[2]
    if _SINGLE in fact.path and stem not in names:
        files += [(name, path) for name in names for path in owned.get((fact.path, stem), ())]
    packages = tuple(
        replace(package, licenses=licences[root, package.name])
        if (root, package.name) in licences
        else package
        for package in fact.packages
    )
    return replace(fact, packages=packages, files=tuple(sorted(set(files))))


cataloger = Cataloger(
    parse=_parse,
    version=1,
    types=("deb",),
    system=True,
    names=("copyright",),
    # File lists are wanted by suffix because a folder's other files (scripts, checksums) are not.
    suffixes=(".list",),
    paths=(_STATUS,),
    folders=(_SINGLE.removesuffix("/"),),
    max_size=64 * 1024 * 1024,
    database=True,
    assemble=_assemble,
)
