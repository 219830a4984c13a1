"""Lists the Rust crates that cargo-auditable recorded in a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from dunnage.model.cataloger import File
    from dunnage.model.package import Package
    from dunnage.parsers.cargo_audit import Crate


def parse(file: File) -> Fact | None:
    """Read the crate list of one program; None if it has none.

    Crates that were only run while building are left out: their code is not in the program.

    Raises:
        InputError: If the crate list is broken.
    """
    # Imported here: a scan that is answered from the cache needs no parsers.
    from dunnage.catalogers._executable import CRATES, elf_sections

    try:
        found = elf_sections(file)
    except InputError:
        return None  # Broken ELF files are told of once, by the cataloger of Go programs.
    place = found.get(CRATES) if found else None
    if place is None:
        return None
    from dunnage.parsers import cargo_audit

    offset, size = place
    if size > file.limits.text_bytes:
        raise LimitError(f"the crate list has {size} bytes, more than {file.limits.text_bytes}")
    crates = cargo_audit.parse(file.body.read(offset, size), file.limits.text_bytes)
    if len(crates) > file.limits.packages:
        raise LimitError(f"the program lists {len(crates)} crates")
    kept = [crate for crate in crates if crate.kind == "runtime"]
    return Fact(packages=tuple(_package(crate, crates) for crate in kept))


def _package(crate: Crate, crates: tuple[Crate, ...]) -> Package:
    from dunnage.model.package import Package

    needs = (crates[n] for n in crate.depends if 0 <= n < len(crates))
    extra = [("root", "true")] if crate.root else []
    if crate.source != "crates.io":
        extra.append(("source", crate.source))
    return Package(
        type="cargo",
        name=crate.name,
        version=crate.version,
        depends=tuple(sorted({other.name for other in needs if other.kind == "runtime"})),
        extra=tuple(extra),
    )


cataloger = Cataloger(parse=parse, version=1, types=("cargo",), magic=(b"\x7fELF",))
