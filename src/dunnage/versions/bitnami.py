"""Versions of Bitnami's own packages.

Semantic versions, except that a number after the hyphen is the revision of the package and sorts
after the bare version (``7.0.5-2`` is newer than ``7.0.5``), as in the README of
``bitnami/go-version``, "Version revision". Revision 0 and no revision are the same.
"""

from __future__ import annotations

import re

from dunnage.model.ordering import Ordering
from dunnage.versions._keys import checked, number
from dunnage.versions._semver import semver_key

_REVISION = re.compile(r"(v?[0-9]+(?:\.[0-9]+)*)-[rR]?([0-9]+)")


def key(version: str) -> bytes:
    """Return the sort key of ``1.2.3`` or ``1.2.3-4``; other suffixes are pre-releases.

    Raises:
        ValueError: If the text is no such version or too long.
    """
    match = _REVISION.fullmatch(checked(version))
    if match is None:
        return semver_key(version)
    core, revision = match.groups()
    if not revision.strip("0"):
        return semver_key(core)
    return semver_key(core) + number(revision)


ordering = Ordering(key=key, ecosystems=("Bitnami",), types=("bitnami",))
