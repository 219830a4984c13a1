"""RPM versions, written epoch:version-release.

The order is that of rpm-version(7) and rpm's ``rpmvercmp``: runs of digits and of letters are
compared one by one, everything else only separates; numbers are newer than letters, more runs are
newer than fewer, ``~`` sorts before the end and ``^`` right after it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import MAX_CHARS, number

_RUNS = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_END = b"\x02"
_LETTERS = b"\x04"
_DIGITS = b"\x05"
_NO_RELEASE = b"\x00"
_RELEASE = b"\x01"
_NO_EPOCH = number("")


@lru_cache(maxsize=8192)
def _run(run: str) -> bytes:
    if run == "~":
        return b"\x01"
    if run == "^":
        return b"\x03"
    # Letters need no end mark: every mark that can follow is smaller than a letter.
    return _DIGITS + number(run) if run.isdigit() else _LETTERS + run.encode("ascii")


def key(version: str) -> bytes:
    """Return the sort key of ``[epoch:]version[-release]``.

    A version without release sorts before the same version with any release, as in rpm's own
    comparison of whole versions. Characters rpm does not know only separate.

    Raises:
        ValueError: If the text is empty, too long, or has no letter or digit in its version.
    """
    if len(version) > MAX_CHARS:
        raise ValueError(f"no rpm version: {len(version)} characters")
    epoch, colon, rest = version.partition(":")
    if colon and (not epoch or (epoch.isdigit() and epoch.isascii())):
        first = number(epoch)
    else:
        first, rest = _NO_EPOCH, version
    upstream, dash, release = rest.rpartition("-")
    if not dash:
        upstream = rest
    runs = _RUNS.findall(upstream)
    if not runs:
        raise ValueError(f"no rpm version: {version[:60]!r} has no letter or digit")
    body = first + b"".join(map(_run, runs)) + _END
    if not dash:
        return body + _NO_RELEASE
    return body + _RELEASE + b"".join(map(_run, _RUNS.findall(release))) + _END


ordering = Ordering(
    key=key,
    ecosystems=(
        "AlmaLinux",
        "Azure Linux",
        "Mageia",
        "Photon OS",
        "Red Hat",
        "Rocky Linux",
        "SUSE",
        "openEuler",
        "openSUSE",
    ),
    types=("rpm",),
)
