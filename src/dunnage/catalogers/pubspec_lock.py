"""Lists what Dart and Flutter locked: pubspec.lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File


def parse(file: File) -> Fact:
    """Read one file.

    Raises:
        InputError: If it cannot be understood.
        LimitError: If it is too large or lists too much.
    """
    from dunnage.catalogers._lock_file import fact_of
    from dunnage.parsers.pubspec_lock import parse as read

    return fact_of(file, "pub", read)


cataloger = Cataloger(
    parse=parse,
    version=1,
    types=("pub",),
    names=("pubspec.lock",),
    project=True,
)
