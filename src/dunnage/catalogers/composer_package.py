"""Lists PHP packages that Composer installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File


def parse(file: File) -> Fact:
    """Read one list; broken entries become problems, the others count.

    Raises:
        InputError: If it is no list of packages.
        LimitError: If it is larger than ``limits.text_bytes``.
    """
    from dunnage.catalogers._os import fact_of
    from dunnage.parsers import composer_installed

    data = file.body.all(file.limits.text_bytes)
    return fact_of(file, composer_installed.parse(data, file.limits))


cataloger = Cataloger(
    parse=parse, version=1, types=("composer",), paths=("composer/installed.json",), database=True
)
