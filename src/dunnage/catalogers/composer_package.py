"""Lists PHP packages that Composer installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File
    from dunnage.model.package import Package


def parse(file: File) -> Fact:
    """Read one list; broken entries become problems, the others count.

    Raises:
        InputError: If it is no list of packages.
        LimitError: If it is larger than ``limits.text_bytes``.
    """
    from dunnage.catalogers._os import Problems
    from dunnage.model.errors import InputError
    from dunnage.parsers import composer_installed

    packages: list[Package] = []
    problems = Problems(file)
    data = file.body.all(file.limits.text_bytes)
    for found in composer_installed.parse(data, file.limits):
        if problems.stop(len(packages)):
            break
        if isinstance(found, InputError):
            problems.add("broken-package-record", found)
        else:
            packages.append(found)
    return Fact(packages=tuple(packages), problems=problems.all())


cataloger = Cataloger(
    parse=parse, version=1, types=("composer",), paths=("composer/installed.json",), database=True
)
