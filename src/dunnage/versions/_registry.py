"""Finds the ordering of an ecosystem or of a package URL type."""

from __future__ import annotations

from functools import cache

from dunnage.io.folder import load_all
from dunnage.model.ordering import Ordering


@cache
def _orderings() -> tuple[dict[str, Ordering], dict[str, Ordering]]:
    by_ecosystem: dict[str, Ordering] = {}
    by_type: dict[str, Ordering] = {}
    for ordering in load_all("dunnage.versions", "ordering", Ordering).values():
        by_ecosystem.update(dict.fromkeys(ordering.ecosystems, ordering))
        by_type.update(dict.fromkeys(ordering.types, ordering))
    return by_ecosystem, by_type


def ordering_for_ecosystem(ecosystem: str) -> Ordering | None:
    """Return the ordering of an OSV ecosystem, or None if there is none.

    Args:
        ecosystem: With or without its suffix, which begins at the first colon (OSV schema,
            ``affected[].package``): ``Debian:12``, ``Packagist:https://packages.drupal.org/8``.
    """
    return _orderings()[0].get(ecosystem.partition(":")[0])


def ordering_for_type(purl_type: str) -> Ordering | None:
    """Return the ordering of a package URL type such as ``deb``, or None if there is none."""
    return _orderings()[1].get(purl_type)
