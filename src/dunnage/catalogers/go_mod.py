"""Lists the Go modules a project needs: go.mod, and go.sum where go.mod does not say enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dunnage.model.cataloger import File
    from dunnage.model.package import Package

_COMPLETE = ("complete", "true")


def parse(file: File) -> Fact:
    """Read a go.mod or go.sum.

    Raises:
        InputError: If it cannot be understood.
        LimitError: If it is too large or lists too much.
    """
    from dunnage.catalogers._lock_file import fact_of
    from dunnage.parsers import go_mod

    if file.path.endswith(".sum"):
        return fact_of(file, "golang", go_mod.parse_sums)
    read = go_mod.parse(file.body.all(file.limits.text_bytes), file.limits)
    fact = fact_of(file, "golang", lambda *_: read.lock)
    return replace(fact, notes=(_COMPLETE,) if read.complete else ())


def assemble(facts: Sequence[Fact]) -> Iterable[Fact]:
    """Add what only go.sum names if its go.mod was written before Go 1.17, and else drop it.

    Of several versions in a go.sum the highest counts, as Go's minimal version selection never
    chooses a lower one than any that is asked for. A go.sum without a go.mod stands for itself.
    """
    modules = {_folder(fact): fact for fact in facts if fact.path.endswith(".mod")}
    for fact in facts:
        if not fact.path.endswith(".sum"):
            yield fact
            continue
        module = modules.get(_folder(fact))
        if module is not None and (_COMPLETE in module.notes or module.problems):
            yield replace(fact, packages=())
            continue
        known = {package.name for package in module.packages} if module else set()
        known.update(_replaced(module) if module else ())
        yield replace(
            fact, packages=tuple(_highest(p for p in fact.packages if p.name not in known))
        )


def _folder(fact: Fact) -> str:
    return fact.path.rpartition("/")[0]


def _replaced(module: Fact) -> Iterable[str]:
    return (value for package in module.packages for key, value in package.extra if key == "source")


def _highest(packages: Iterable[Package]) -> Iterable[Package]:
    from dunnage.versions.go import key

    found: dict[str, tuple[bytes, Package]] = {}
    for package in packages:
        try:
            order = key(package.version)
        except ValueError:
            continue
        if package.name not in found or found[package.name][0] < order:
            found[package.name] = (order, package)
    return (package for _, package in found.values())


cataloger = Cataloger(
    parse=parse,
    version=2,
    types=("golang",),
    names=("go.mod", "go.sum"),
    assemble=assemble,
    project=True,
)
