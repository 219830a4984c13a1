"""Settles whose word counts for a library that an operating system package installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.advisories._candidates import Lookup, lookup_of
from dunnage.advisories._wire import UNREAD, covers, unpack_cold
from dunnage.model.finding import Confidence, Finding, Status
from dunnage.versions._registry import ordering_for_ecosystem

if TYPE_CHECKING:
    from dunnage.advisories.store import Store
    from dunnage.model.inventory import Inventory
    from dunnage.model.package import Package


class Owners:
    """Knows what the distribution says about the packages that own library files.

    Args:
        inventory: What the target holds.
        store: Where the distribution's advisories are.
    """

    def __init__(self, inventory: Inventory, store: Store) -> None:
        self._store = store
        self._system = inventory.system
        self._packages = {package.ref: package for package in inventory.packages}
        self._known: dict[str, dict[str, tuple[str, bool]]] = {}
        ecosystem = inventory.system.ecosystem if inventory.system else ""
        self._informed = bool(ecosystem) and store.has(ecosystem)

    def settle(self, finding: Finding, package: Package) -> Finding:
        """Return the finding as the distribution's word makes it.

        A fix that the distribution has backported suppresses the finding, and so does its own
        advisory for the installed version, which is reported with the owner. Where it says
        nothing, the finding stays open with medium confidence.

        Args:
            finding: A finding about ``package``.
            package: A library; its ``owner`` names an operating system package, or is empty.
        """
        owner = self._packages.get(package.owner) if package.owner else None
        if owner is None or not self._informed:
            return finding
        if owner.ref not in self._known:
            self._known[owner.ref] = self._statements(owner)
        said = self._known[owner.ref]
        for name in (finding.id, *finding.aliases):
            if name not in said:
                continue
            advisory, affected = said[name]
            reason = (
                f"the same as the finding for {owner.name} {owner.version} ({advisory})"
                if affected
                else f"fixed in {owner.name} {owner.version} by the distribution ({advisory})"
            )
            return replace(finding, status=Status.SUPPRESSED, reason=reason)
        return replace(finding, confidence=Confidence.MEDIUM)

    def _statements(self, owner: Package) -> dict[str, tuple[str, bool]]:
        """Return the distribution's advisory per CVE, and whether it covers what is installed."""
        lookup = lookup_of(owner, self._system)
        ordering = ordering_for_ecosystem(lookup.ecosystem)
        if ordering is None or not lookup.version:
            return {}
        try:
            key = ordering.key(lookup.version)
        except ValueError:
            return {}
        return self._said(lookup, key)

    def _said(self, lookup: Lookup, key: bytes) -> dict[str, tuple[str, bool]]:
        said: dict[str, tuple[str, bool]] = {}
        for part, packed in self._store.candidates(lookup.ecosystem, lookup.name):
            rows = unpack_cold(packed.cold).rows
            covered = {
                rows[i].number
                for i, low, high, kind in packed.spans()
                if covers(key, low, high, kind)
            }
            unread = {rows[i].number for i, _, _, kind in packed.spans() if kind == UNREAD}
            for number in sorted({row.number for row in rows} - (unread - covered)):
                detail = self._store.detail(part, number)
                affected = number in covered
                for cve in (detail.id, *detail.cves):
                    # If one of several advisories still covers it, it is not fixed.
                    if affected or cve not in said:
                        said[cve] = (detail.id, affected)
        return said
