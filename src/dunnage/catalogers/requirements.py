"""Lists the exact versions in requirements files of pip."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.errors import InputError, LimitError
from dunnage.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dunnage.model.cataloger import File


def parse(file: File) -> Fact | None:
    """Read one file; None if it is prose with a name like ``hardware-requirements.txt``.

    Raises:
        InputError: If it cannot be understood.
        LimitError: If it is too large or lists too much.
    """
    from dunnage.catalogers._lock_file import fact_of
    from dunnage.parsers.requirements import parse as read

    try:
        return fact_of(file, "pypi", read)
    except LimitError:
        raise
    except InputError:
        if file.path.rpartition("/")[2].startswith("requirements"):
            raise
        return None


def assemble(facts: Sequence[Fact]) -> Iterable[Fact]:
    """Tell which included files (``-r``) were not read, by their names or because they are away."""
    from dunnage.catalogers._lock_file import INCLUDE

    read = {fact.path for fact in facts}
    for fact in facts:
        names = (value for key, value in fact.notes if key == INCLUDE)
        away = [name for name in names if _place(fact.path, name) not in read]
        yield replace(fact, problems=(*fact.problems, *_unread(away, fact.path)))


def _place(path: str, name: str) -> str:
    """Return the path of an included file, which is relative to the file that includes it."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


def _unread(names: list[str], path: str) -> tuple[Problem, ...]:
    if not names:
        return ()
    shown = ", ".join(names[:4])
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return (
        Problem(
            "included-file-not-read",
            f"not examined, as the file includes it but it was not read: {shown}{more}",
            where=path,
            advice="call included files requirements*.txt, or scan them as well",
            count=len(names),
        ),
    )


cataloger = Cataloger(
    parse=parse,
    version=2,
    types=("pypi",),
    globs=("*requirements*.txt",),
    folders=("requirements",),
    folder_suffixes=(".txt",),
    assemble=assemble,
    project=True,
)
