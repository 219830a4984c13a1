"""Lists the Go modules that were linked into a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.errors import LimitError

if TYPE_CHECKING:
    from dunnage.model.cataloger import File

_ELF = b"\x7fELF"
_WINDOWS = b"MZ"
_MACOS = (b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf")


def parse(file: File) -> Fact | None:
    """Read the build information of one program; None if Go did not make it.

    Raises:
        InputError: If the program or its build information is broken.
        LimitError: If it lists more modules than ``limits.packages``.
    """
    # Imported here: a scan that is answered from the cache needs no parsers.
    from dunnage.catalogers._executable import go_strings

    found = go_strings(file)
    if found is None:
        return None
    from dunnage.catalogers._go_modules import packages
    from dunnage.parsers import go_buildinfo

    info = go_buildinfo.parse(*found)
    if len(info.modules) + 2 > file.limits.packages:
        raise LimitError(f"the program lists {len(info.modules)} Go modules")
    return Fact(packages=packages(info))


cataloger = Cataloger(
    parse=parse,
    version=1,
    types=("golang",),
    magic=(_ELF, _WINDOWS, *_MACOS),
)
