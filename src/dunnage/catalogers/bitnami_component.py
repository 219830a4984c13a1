"""Lists the components of Bitnami's images, which Bitnami's own advisories speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.model.cataloger import File


def parse(file: File) -> Fact:
    """Read one list or SPDX document; broken entries become problems, the others count.

    Raises:
        InputError: If it is neither.
        LimitError: If it is larger than ``limits.text_bytes``.
    """
    from dunnage.catalogers._os import fact_of
    from dunnage.parsers import bitnami

    read = bitnami.spdx if file.path.endswith(".spdx") else bitnami.components
    return fact_of(file, read(file.body.all(file.limits.text_bytes), file.limits))


def assemble(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Leave out of a list what has an SPDX document as well, which says more."""
    from msgspec.structs import replace

    told = {
        (package.name, package.version)
        for fact in facts
        if fact.path.endswith(".spdx")
        for package in fact.packages
    }
    for fact in facts:
        if fact.path.endswith(".spdx"):
            yield fact
            continue
        rest = [p for p in fact.packages if (p.name, p.version) not in told]
        yield replace(fact, packages=tuple(rest))


cataloger = Cataloger(
    parse=parse,
    version=1,
    types=("bitnami",),
    paths=("opt/bitnami/.bitnami_components.json",),
    globs=(".spdx-*.spdx",),
    database=True,
    assemble=assemble,
)
