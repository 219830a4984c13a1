"""Images, packages and findings of a stored report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.advisory import Score
from dunnage.model.base import KNOWN_BY, BaseFacts
from dunnage.model.errors import InputError
from dunnage.model.finding import (
    Confidence,
    Edit,
    Exploited,
    Finding,
    Fix,
    Kind,
    Persona,
    Safety,
    Statement,
    Status,
)
from dunnage.model.image import Image, Layer, Platform
from dunnage.model.lighter import TIERS, Lighter
from dunnage.model.location import Location
from dunnage.model.package import Package, RemovedPackage
from dunnage.model.severity import Severity
from dunnage.model.system import OperatingSystem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.parsers._fields import Fields


def image(fields: Fields) -> Image:
    """Return the image of one subject; environment variables come back without values."""
    platform = fields.inner("platform")
    config = fields.inner("config_lines")
    return Image(
        reference=fields.text("reference"),
        digest=fields.text("digest"),
        config_digest=fields.text("config_digest"),
        platform=Platform(*(platform.text(key) for key in ("os", "architecture", "variant"))),
        layers=tuple(_layer(layer) for layer in fields.each("layers")),
        created=fields.text("created"),
        user=fields.text("user"),
        entrypoint=fields.texts("entrypoint"),
        cmd=fields.texts("cmd"),
        env=tuple(f"{name}=" for name in fields.texts("env_names")),
        labels=fields.pairs("labels"),
        history=tuple(
            (f.text("created_by"), f.flag("empty_layer")) for f in fields.each("history")
        ),
        healthcheck=fields.flag("healthcheck") if fields.has("healthcheck") else None,
        base_name=fields.text("base_name"),
        index_base_name=fields.text("index_base_name"),
        config_lines=tuple((name, config.count(name)) for name in config.names()),
    )


def base(fields: Fields) -> BaseFacts:
    """Return what an image was built on.

    Raises:
        InputError: If a field has another type.
        ValueError: If a word is none of those it can be.
    """
    return BaseFacts(
        known_by=_one_of(fields, "known_by", KNOWN_BY),
        confidence=Confidence(fields.text("confidence")),
        image=fields.text("image"),
        tier=_one_of(fields, "tier", ("", *TIERS)),
        looks_like=fields.text("looks_like"),
        lighter=tuple(map(_lighter, fields.each("lighter"))),
        keeps=fields.text("keeps"),
    )


def _lighter(fields: Fields) -> Lighter:
    return Lighter(
        image=fields.text("image", needed=True),
        tier=_one_of(fields, "tier", TIERS),
        drops=fields.texts("drops"),
        changes=fields.texts("changes"),
        needs=fields.text("needs"),
    )


def _one_of(fields: Fields, key: str, words: Sequence[str]) -> str:
    word = fields.text(key)
    if word not in words:
        raise ValueError(f"unknown {key} {word[:40]!r}")
    return word


def _layer(fields: Fields) -> Layer:
    return Layer(
        index=fields.count("index"),
        digest=fields.text("digest"),
        diff_id=fields.text("diff_id"),
        size=fields.count("size", -1),
        media_type=fields.text("media_type"),
        created_by=fields.text("created_by"),
        created=fields.text("created"),
        line=fields.count("line"),
    )


def system(fields: Fields) -> OperatingSystem:
    """Return the distribution."""
    return OperatingSystem(
        id=fields.text("id", needed=True),
        version=fields.text("version"),
        name=fields.text("name"),
        codename=fields.text("codename"),
        ecosystem=fields.text("ecosystem"),
        namespace=fields.text("namespace"),
        end_of_life=fields.text("end_of_life"),
        id_like=fields.texts("id_like"),
    )


def _locations(fields: Fields) -> tuple[Location, ...]:
    return tuple(
        Location(
            path=place.text("path"),
            layer=place.count("layer", -1),
            digest=place.text("layer_digest"),
            line=place.count("line"),
            **_region(place.inner("region") if place.has("region") else None),
        )
        for place in fields.each("locations")
    )


def _region(fields: Fields | None) -> dict[str, int]:
    keys = ("column", "end_line", "end_column")
    return {key: fields.count(key) for key in keys} if fields is not None else {}


def _fix(fields: Fields) -> Fix:
    plain = Fix(fields.text("version"), fields.text("state"), fields.text("command"))
    if not fields.has("change"):
        return plain
    change = fields.inner("change")
    return replace(
        plain,
        safety=Safety(change.text("safety")),
        edits=tuple(map(_edit, change.each("edits"))),
        needs=change.text("needs"),
    )


def _edit(fields: Fields) -> Edit:
    start, end = fields.count("start"), fields.count("end")
    if end < start:
        raise InputError("an edit ends before it begins", where=fields.where)
    places = (fields.count(key) for key in ("line", "column", "end_line", "end_column"))
    return Edit(start, end, fields.text("text"), *places)


def package(fields: Fields) -> Package:
    """Return one package."""
    return Package(
        type=fields.text("type", needed=True),
        name=fields.text("name", needed=True),
        version=fields.text("version"),
        namespace=fields.text("namespace"),
        arch=fields.text("arch"),
        source=fields.text("source"),
        source_version=fields.text("source_version"),
        licenses=fields.texts("licenses"),
        depends=fields.texts("depends"),
        provides=fields.texts("provides"),
        hashes=tuple((f.text("algorithm"), f.text("value")) for f in fields.each("hashes")),
        supplier=fields.text("supplier"),
        qualifiers=fields.pairs("qualifiers"),
        extra=tuple((f.text("name"), f.text("value")) for f in fields.each("extra")),
        found_by=fields.text("found_by"),
        locations=_locations(fields),
        owner=fields.text("owner"),
        ref=fields.text("ref", needed=True),
    )


def removed(fields: Fields) -> RemovedPackage:
    """Return one removed package."""
    return RemovedPackage(package(fields.inner("package")), fields.count("removed_in"))


def edge(fields: Fields) -> tuple[str, tuple[str, ...]]:
    """Return what one package depends on."""
    return fields.text("ref", needed=True), fields.texts("depends_on")


def finding(fields: Fields) -> Finding:
    """Return one finding.

    Raises:
        InputError: If a field has another type.
        ValueError: If an enumerated value is not known.
    """
    label = fields.text("severity", needed=True)
    if label != label.lower() or label.upper() not in Severity.__members__:
        raise InputError(f"unknown severity {label[:40]!r}", where=fields.where)
    return Finding(
        id=fields.text("id", needed=True),
        kind=Kind(fields.text("kind")),
        message=fields.text("message"),
        severity=Severity[label.upper()],
        severity_source=fields.text("severity_source"),
        confidence=Confidence(fields.text("confidence")),
        persona=Persona(fields.text("persona")),
        package=fields.inner("package").text("ref") if fields.has("package") else "",
        locations=_locations(fields),
        aliases=fields.texts("aliases"),
        statements=tuple(map(_statement, fields.each("statements"))),
        scores=tuple(map(_score, fields.each("scores"))),
        fix=_fix(fields.inner("fix")),
        published=fields.text("published"),
        urls=fields.texts("urls"),
        exploited=_exploited(fields.inner("kev")) if fields.has("kev") else None,
        epss=fields.number("epss"),
        epss_percentile=fields.number("epss_percentile"),
        status=Status(fields.text("status")),
        reason=fields.text("reason"),
        fingerprint=fields.text("fingerprint"),
        excerpt=fields.texts("excerpt"),
        peers=fields.texts("peers"),
    )


def _statement(fields: Fields) -> Statement:
    return Statement(
        id=fields.text("id"),
        feed=fields.text("feed"),
        ecosystem=fields.text("ecosystem"),
        affected=fields.text("affected"),
        fixed=fields.text("fixed"),
        url=fields.text("url"),
    )


def _score(fields: Fields) -> Score:
    return Score(
        vector=fields.text("vector"),
        score=fields.number("score"),
        word=fields.text("word"),
        source=fields.text("source"),
    )


def _exploited(fields: Fields) -> Exploited:
    return Exploited(fields.text("added"), fields.text("due"), fields.flag("ransomware"))
