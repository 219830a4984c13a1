"""One finding of a report as JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.model.advisory import Score
    from dunnage.model.finding import Exploited, Finding, Fix, Statement
    from dunnage.model.location import Location

_LINTED = frozenset({Kind.MISCONFIGURATION, Kind.SECRET})


def finding(item: Finding, package: Mapping[str, object] | None) -> dict[str, object]:
    """Return one finding.

    Args:
        item: The finding.
        package: The package it is about as JSON values, to say its name beside its ``ref``.
    """
    return {
        "id": item.id,
        "kind": item.kind.value,
        "fingerprint": item.fingerprint or None,
        "status": item.status.value,
        "reason": item.reason or None,
        "severity": item.severity.label,
        "severity_source": item.severity_source or None,
        "confidence": item.confidence.value,
        "persona": item.persona.value,
        "message": item.message,
        "aliases": item.aliases,
        "package": _package(item.package, package),
        "locations": [
            {
                "path": place.path,
                "layer": None if place.layer < 0 else place.layer,
                "layer_digest": place.digest or None,
                "line": place.line or None,
                "region": _region(place),
            }
            for place in item.locations
        ],
        "fix": {
            "state": item.fix.state,
            "version": item.fix.version or None,
            "command": item.fix.command or None,
            "change": _change(item.fix),
        },
        "level": item.severity.level if item.kind in _LINTED else None,
        "excerpt": item.excerpt,
        "peers": item.peers,
        "kev": _exploited(item.exploited),
        "epss": None if item.epss < 0 else item.epss,
        "epss_percentile": None if item.epss_percentile < 0 else item.epss_percentile,
        "scores": [_score(one) for one in item.scores],
        "statements": [_statement(one) for one in item.statements],
        "published": item.published or None,
        "urls": item.urls,
    }


def _region(place: Location) -> dict[str, object] | None:
    if not place.column:
        return None
    return {
        "column": place.column,
        "end_line": place.end_line or None,
        "end_column": place.end_column or None,
    }


def _change(fix: Fix) -> dict[str, object] | None:
    if not fix.edits and not fix.needs:
        return None
    return {
        "safety": fix.safety.value or None,
        "needs": fix.needs or None,
        "edits": [
            {
                "start": edit.start,
                "end": edit.end,
                "text": edit.text,
                "line": edit.line or None,
                "column": edit.column or None,
                "end_line": edit.end_line or None,
                "end_column": edit.end_column or None,
            }
            for edit in fix.edits
        ],
    }


def _package(ref: str, package: Mapping[str, object] | None) -> dict[str, object] | None:
    if not ref:
        return None
    known = package or {}
    return {"ref": ref, **{key: known.get(key) for key in ("purl", "type", "name", "version")}}


def _exploited(item: Exploited | None) -> dict[str, object] | None:
    if item is None:
        return None
    return {"added": item.added, "due": item.due or None, "ransomware": item.ransomware}


def _score(item: Score) -> dict[str, object]:
    return {
        "vector": item.vector or None,
        "score": None if item.score < 0 else item.score,
        "word": item.word or None,
        "source": item.source or None,
    }


def _statement(item: Statement) -> dict[str, object]:
    return {
        "id": item.id,
        "feed": item.feed,
        "ecosystem": item.ecosystem,
        "affected": item.affected or None,
        "fixed": item.fixed or None,
        "url": item.url or None,
    }
