"""One subject of a report as JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.render._json_finding import finding
from dunnage.render._json_surface import surface

if TYPE_CHECKING:
    from dunnage.model.base import BaseFacts
    from dunnage.model.image import Image, Layer
    from dunnage.model.location import Location
    from dunnage.model.package import Package
    from dunnage.model.problem import Problem
    from dunnage.model.report import Examined, Subject, Upgrade
    from dunnage.model.system import OperatingSystem


def subject(item: Subject) -> dict[str, object]:
    """Return one subject with its inventory and findings."""
    inventory = item.inventory
    packages = [package(one) for one in inventory.packages]
    by_ref = {one["ref"]: one for one in packages}
    return {
        "name": item.name,
        "target": item.target or None,
        "platform": item.platform or None,
        "source": item.source,
        "note": item.note or None,
        "dockerfile": item.dockerfile or None,
        "image": image(item.image) if item.image else None,
        "os": system(inventory.system) if inventory.system else None,
        "examined": examined(item.examined),
        "base": base(item.base) if item.base else None,
        "surface": surface(item.surface) if item.surface else None,
        "scanners": item.scanners,
        "skipped": [{"scanner": name, "reason": reason} for name, reason in item.skipped],
        "findings": [finding(one, by_ref.get(one.package)) for one in item.findings],
        "upgrades": [upgrade(one) for one in item.upgrades],
        "problems": [problem(one) for one in item.problems],
        "packages": packages,
        "dependencies": [{"ref": ref, "depends_on": on} for ref, on in inventory.edges],
        "removed_packages": [
            {"removed_in": one.removed_in, "package": package(one.package)}
            for one in inventory.removed
        ],
        "inventory_problems": [problem(one) for one in inventory.problems],
    }


def base(item: BaseFacts) -> dict[str, object]:
    """Return what an image was built on."""
    return {
        "image": item.image or None,
        "known_by": item.known_by,
        "confidence": item.confidence.value,
        "tier": item.tier or None,
        "looks_like": item.looks_like or None,
        "keeps": item.keeps or None,
        "lighter": [
            {
                "image": one.image,
                "tier": one.tier,
                "drops": one.drops,
                "changes": one.changes,
                "needs": one.needs or None,
            }
            for one in item.lighter
        ],
    }


def problem(item: Problem) -> dict[str, object]:
    """Return one problem."""
    return {
        "code": item.code,
        "effect": item.effect.value,
        "message": item.message,
        "where": item.where or None,
        "advice": item.advice or None,
        "count": item.count,
    }


def image(item: Image) -> dict[str, object]:
    """Return an image's manifest and configuration; the environment is left out.

    The environment is where secrets are put, and reports are passed around.
    """
    return {
        "reference": item.reference,
        "digest": item.digest or None,
        "config_digest": item.config_digest or None,
        "platform": {
            "os": item.platform.os or None,
            "architecture": item.platform.architecture or None,
            "variant": item.platform.variant or None,
        },
        "created": item.created or None,
        "user": item.user or None,
        "healthcheck": item.healthcheck,
        "entrypoint": item.entrypoint,
        "cmd": item.cmd,
        "env_names": [line.partition("=")[0] for line in item.env],
        "labels": dict(item.labels),
        "base_name": item.base_name or None,
        "index_base_name": item.index_base_name or None,
        "config_lines": dict(item.config_lines),
        "layers": [layer(one) for one in item.layers],
        "history": [{"created_by": text, "empty_layer": empty} for text, empty in item.history],
    }


def layer(item: Layer) -> dict[str, object]:
    """Return one layer with the history line that made it."""
    return {
        "index": item.index,
        "digest": item.digest or None,
        "diff_id": item.diff_id or None,
        "size": None if item.size < 0 else item.size,
        "media_type": item.media_type or None,
        "created_by": item.created_by or None,
        "created": item.created or None,
        "line": item.line or None,
    }


def system(item: OperatingSystem) -> dict[str, object]:
    """Return the distribution."""
    return {
        "id": item.id,
        "version": item.version or None,
        "name": item.name or None,
        "codename": item.codename or None,
        "ecosystem": item.ecosystem or None,
        "namespace": item.namespace or None,
        "end_of_life": item.end_of_life or None,
        "id_like": item.id_like,
    }


def examined(item: Examined) -> dict[str, object]:
    """Return how much was looked at."""
    return {
        "layers": item.layers,
        "layers_cached": item.layers_cached,
        "bytes_read": item.bytes_read,
        "files": item.files,
        "packages": item.packages,
        "packages_matched": item.packages_matched,
        "packages_unexamined": item.packages_unexamined,
        "packages_removed": item.removed,
    }


def location(item: Location) -> dict[str, object]:
    """Return a place."""
    return {
        "path": item.path,
        "layer": None if item.layer < 0 else item.layer,
        "layer_digest": item.digest or None,
        "line": item.line or None,
    }


def package(item: Package) -> dict[str, object]:
    """Return one package."""
    return {
        "ref": item.ref,
        "purl": str(item.purl),
        "type": item.type,
        "namespace": item.namespace or None,
        "name": item.name,
        "version": item.version,
        "arch": item.arch or None,
        "source": item.source or None,
        "source_version": item.source_version or None,
        "qualifiers": dict(item.qualifiers),
        "licenses": item.licenses,
        "supplier": item.supplier or None,
        "hashes": [{"algorithm": name, "value": value} for name, value in item.hashes],
        "depends": item.depends,
        "provides": item.provides,
        "extra": [{"name": name, "value": value} for name, value in item.extra],
        "found_by": item.found_by or None,
        "owner": item.owner or None,
        "locations": [location(one) for one in item.locations],
    }


def upgrade(item: Upgrade) -> dict[str, object]:
    """Return one proved upgrade."""
    return {
        "package": item.package,
        "type": item.type,
        "current": item.current,
        "version": item.version,
        "removes": item.removes,
        "remains": item.remains,
        "removes_by_severity": dict(item.by_severity),
        "command": item.command or None,
    }
