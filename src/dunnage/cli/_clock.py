"""The time a document says it was made at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = "SOURCE_DATE_EPOCH"
_LATEST = 253_402_300_799
"""The last second of the year 9999."""


def document_time(environ: Mapping[str, str]) -> datetime:
    """Return the time to write into a document: ``SOURCE_DATE_EPOCH``, or now.

    The variable makes the same input give the same bytes at any time; it holds seconds since 1970
    (https://reproducible-builds.org/specs/source-date-epoch/).

    Args:
        environ: The environment.

    Raises:
        UsageError: If the variable is set and is no such number.
    """
    written = environ.get(_VARIABLE, "")
    if not written:
        return datetime.now(UTC)
    plain = written.isascii() and written.isdigit() and len(written) <= 12
    if not plain or int(written) > _LATEST:
        raise UsageError(
            f"{_VARIABLE} is no number of seconds since 1970: {written[:40]!r}",
            advice="unset it, or set it to a number such as 1700000000",
        )
    return datetime.fromtimestamp(int(written), UTC)
