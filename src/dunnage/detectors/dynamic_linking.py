"""What ELF files ask of the dynamic loader: interpreter, libraries, versions of the C library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.errors import InputError
from dunnage.parsers import elf, elf_dynamic

if TYPE_CHECKING:
    from dunnage.model.cataloger import File


def _parse(file: File) -> Fact | None:
    """Return notes with the fields of ``elf_dynamic.Dynamic``.

    A file that only begins like an ELF file asks for nothing; whether it matters is up to whoever
    wants its packages.
    """
    try:
        found = elf_dynamic.read(file.body)
    except InputError:
        return None
    notes = [("machine", found.machine)]
    notes += [
        (key, value)
        for key, value in (
            ("interpreter", found.interpreter),
            ("name", found.name),
            ("rpath", found.rpath),
            ("runpath", found.runpath),
            ("needs", _version(found.needs)),
            ("offers", _version(found.offers)),
        )
        if value
    ]
    notes += [("needed", name) for name in found.needed]
    return Fact(notes=tuple(notes))


def _version(number: tuple[int, int]) -> str:
    return f"{number[0]}.{number[1]}" if number != (0, 0) else ""


detector = Cataloger(parse=_parse, version=1, types=(), magic=(elf.MAGIC,))
