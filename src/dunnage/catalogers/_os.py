"""What catalogers of lists of packages have in common."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from dunnage.model.cataloger import Fact
from dunnage.model.errors import InputError
from dunnage.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dunnage.model.cataloger import File
    from dunnage.model.package import Package


def lines(file: File) -> Iterator[str]:
    """Give the lines of a text file; bytes that are no UTF-8 become replacement characters."""
    with (
        file.body.open() as raw,
        io.TextIOWrapper(raw, "utf-8", errors="replace", newline="\n") as text,
    ):
        yield from text


_HOPELESS = 10_000


class Problems:
    """Collects the problems of one file, up to the limit of one kind; the rest is counted.

    Args:
        file: The file they are about.
    """

    def __init__(self, file: File) -> None:
        self._file = file
        self._found: dict[str, list[Problem]] = {}
        self._more: dict[str, int] = {}
        self._count = 0

    def add(self, code: str, error: InputError) -> None:
        """Add a broken part of the file."""
        self._count += 1
        found = self._found.setdefault(code, [])
        if len(found) >= self._file.limits.problems:
            self._more[code] = self._more.get(code, 0) + 1
            return
        where = f"{self._file.path}: {error.where}" if error.where else self._file.path
        found.append(Problem(code, error.message, where, error.advice))

    def stop(self, packages: int) -> bool:
        """Tell whether to stop before the next package, and say why if so.

        Args:
            packages: How many packages were found so far.
        """
        code = message = ""
        limit = self._file.limits.packages
        if packages >= limit:
            code = "too-many-packages"
            message = f"the file lists more than {limit} packages; the others were not read"
        elif self._count >= _HOPELESS:
            code = "broken-package-database"
            message = "the file is so broken that the rest of it was not read"
        if code:
            self._found[code] = [Problem(code, message, self._file.path)]
        return bool(code)

    def all(self) -> tuple[Problem, ...]:
        """Return all problems."""
        rest = (
            Problem(code, "more of the same kind", self._file.path, count=count)
            for code, count in self._more.items()
        )
        return (*(p for found in self._found.values() for p in found), *rest)


def fact_of(file: File, found: Iterable[Package | InputError]) -> Fact:
    """Return the packages of one list; broken entries become problems, the others count.

    Args:
        file: The list.
        found: Its packages, and an error for each entry that is none.
    """
    packages: list[Package] = []
    problems = Problems(file)
    for entry in found:
        if problems.stop(len(packages)):
            break
        if isinstance(entry, InputError):
            problems.add("broken-package-record", entry)
        else:
            packages.append(entry)
    return Fact(packages=tuple(packages), problems=problems.all())
