"""Lists NuGet packages and runtime packs in .NET programs by their deps.json.

The shared framework has such a file too, so that ``Microsoft.NETCore.App.Runtime.*`` and its like
are found in every image with a .NET runtime. A program bundled into a single file has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File
    from dunnage.model.package import Package


def parse(file: File) -> Fact:
    """Read one list; broken entries become problems, the others count.

    Raises:
        InputError: If it is no such list.
        LimitError: If it is larger than ``limits.text_bytes``.
    """
    from dunnage.catalogers._os import Problems
    from dunnage.model.errors import InputError
    from dunnage.parsers import dotnet_deps

    packages: list[Package] = []
    problems = Problems(file)
    data = file.body.all(file.limits.text_bytes)
    for library in dotnet_deps.parse(data, file.limits):
        if problems.stop(len(packages)):
            break
        try:
            package = dotnet_deps.package_of(library)
        except InputError as error:
            problems.add("broken-package-record", error)
            continue
        if package is not None:
            packages.append(package)
    return Fact(packages=tuple(packages), problems=problems.all())


cataloger = Cataloger(parse=parse, version=1, types=("nuget",), globs=("*.deps.json",))
